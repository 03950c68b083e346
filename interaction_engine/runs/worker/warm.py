"""Imported once, by the process that workers are forked from: a run then begins without waiting for torch.

What cannot be imported is left for the run that needs it, whose failure says so.
"""

from contextlib import suppress

with suppress(Exception):
    import pandas  # noqa: F401
    import torch  # noqa: F401

    from . import tasks  # noqa: F401
