"""How patterns come and go over a training."""
