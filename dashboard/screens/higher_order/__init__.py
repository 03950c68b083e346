"""The higher order screen."""
