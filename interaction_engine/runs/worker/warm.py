"""Imported once, by the process that workers are forked from: a run then begins without waiting for torch.

What cannot be imported is left for the run that needs it, whose failure says so.
"""

from contextlib import suppress
from importlib import import_module

for name in ("pandas", "torch", "interaction_engine.runs.worker.tasks"):
    with suppress(Exception):
        import_module(name)
