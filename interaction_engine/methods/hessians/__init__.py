"""Interactions by second derivatives of networks."""
