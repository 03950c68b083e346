"""Figures of races and rankings."""
