"""Neural interaction transparency: interactions disentangled while training."""
