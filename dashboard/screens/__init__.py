"""What only one screen shows."""
