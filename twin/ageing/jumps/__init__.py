"""Jumping over repeated cycles: drift of the state, steps along it, and what they leave."""
