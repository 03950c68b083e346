"""The confidence screen."""
