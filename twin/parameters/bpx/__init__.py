"""Battery Parameter eXchange: fields, reading, writing, and what they mean."""
