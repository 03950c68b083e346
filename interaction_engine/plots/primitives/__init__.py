"""Marks that several figures share."""
