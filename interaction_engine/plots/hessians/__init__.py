"""Figures of explanations by derivatives."""
