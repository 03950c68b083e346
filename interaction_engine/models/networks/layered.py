"""The networks that are a list of layers, under one name."""

from .convolution import Cnn
from .mlp import Mlp
from .words import WordNet

Layered = Mlp | Cnn | WordNet
"""Networks that are a list of layers."""
