"""What is wrong with a set, what is odd, and what is worth knowing."""
