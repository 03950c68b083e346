"""Which trainings suit the current data."""

from interaction_engine.data.dataset import Dataset
from interaction_engine.data.words import word_columns
from interaction_engine.methods.networks.registration import WORDS
from interaction_engine.methods.registry import Method, of_role


def trainers(data: Dataset) -> tuple[Method, ...]:
    """The trainings that are offered: for data with a text the network of words first, for others without it."""
    words = tuple(method for method in of_role("trainer") if method.name == WORDS.name)
    others = tuple(method for method in of_role("trainer") if method.name != WORDS.name)
    return (*words, *others) if word_columns(data.space) else others
