"""What everything else stands on: features, the protocol of models, progress, compute, provenance, errors."""
