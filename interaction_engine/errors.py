"""The errors this package raises, in one tree.

InteractionError
├── InputError (also a ValueError)   what the caller passed cannot be used; the message says expected, received, remedy
│   └── ModelError                   a model broke its contract: wrong inputs, NaN, several outputs, or it raised
├── Cancelled                        the user stopped the run
└── RunError                         a run failed, or is asked for what it does not have
"""


class InteractionError(Exception):
    """Base of every error that this package raises on purpose; its text is one sentence for a person."""


class InputError(InteractionError, ValueError):
    """Unusable input: the message names what was expected, what was received, and the remedy."""


class ModelError(InputError):
    """A model does not return one finite number per row for the rows it was given."""


class Cancelled(InteractionError):
    """The run was stopped by its user."""


class RunError(InteractionError):
    """A run failed, or has no result to give."""
