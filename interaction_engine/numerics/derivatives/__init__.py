"""Hessians, path integrals, and their quadratures."""
