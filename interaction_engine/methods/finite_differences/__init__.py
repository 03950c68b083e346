"""Interactions by mixed differences of the model's scores."""
