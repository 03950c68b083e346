"""Group expected Hessians of Bayesian networks, with credible intervals and null models."""
