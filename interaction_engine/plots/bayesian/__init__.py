"""Figures of group expected Hessians."""
