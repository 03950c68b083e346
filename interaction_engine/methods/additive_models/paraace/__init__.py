"""ParaACE: additive networks over the pairs that a race certified."""
