"""Figures of watched trainings."""
