"""The model screen."""
