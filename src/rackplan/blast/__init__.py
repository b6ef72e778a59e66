"""What a failure takes from a fabric: the fabric as arrays, its parts, and what is left of it."""
