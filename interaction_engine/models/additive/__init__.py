"""Sums of terms: how they compute, how their terms are made pure, and the shapes that are drawn of them."""
