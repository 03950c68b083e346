"""A prediction as the fewest AND and OR patterns."""
