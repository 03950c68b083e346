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


def no_file(path: object) -> InputError:
    """Return the error of a file that is not there."""
    return InputError(f"There is no file `{path}`; check the path.")


def memory_sentence(problem: BaseException) -> str | None:
    """What helps when `problem` is that memory ran out; None when it is anything else.

    PyTorch's errors are known by name, so that nothing has to import it for this.
    """
    what = str(problem)
    if type(problem).__name__ == "OutOfMemoryError" or "CUDA out of memory" in what or "CUBLAS_STATUS_ALLOC" in what:
        return (
            "The graphics card has too little free memory for this; give it a smaller `memory` budget, use fewer "
            'background rows, or compute on the processor with `device="cpu"`.'
        )
    if isinstance(problem, MemoryError) or "not enough memory" in what or "out of memory" in what:
        return "The run needed more memory than there is; give it a smaller `memory` budget or fewer background rows."
    return None
