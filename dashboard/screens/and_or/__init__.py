"""The and or screen."""
