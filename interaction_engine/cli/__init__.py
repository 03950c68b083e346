"""The command line."""

SAMPLE = "sample:"
"""What the argument DATA begins with when it names a sample."""
