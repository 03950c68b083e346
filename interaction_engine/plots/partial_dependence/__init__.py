"""Figures of joint effects over values."""
