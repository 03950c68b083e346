"""The shapes screen."""
