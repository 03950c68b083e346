"""Checks of annotations and tensor shapes at run time, of the first calls of every function in every test.

A function that is called a million times in one test is not checked a million times: that took a third of the time of
all tests, and the calls after the first ones bring the same types.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import jaxtyping

FIRST_CALLS = 20
"""Calls of each function that are checked in each test."""

_calls: dict[int, int] = {}
_jaxtyped = jaxtyping.jaxtyped

# An int passes for a float, as pyright lets it (PEP 484).
_BEARTYPE = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"


def install(package: str) -> None:
    """Have every function of `package` checked that is imported from now on."""
    jaxtyping.jaxtyped = _checked_at_first  # what the import hook decorates with
    jaxtyping.install_import_hook(package, _BEARTYPE)


def begin_test() -> None:
    """Count the calls anew."""
    _calls.clear()


def _checked_at_first(*, typechecker: Any) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        if isinstance(function, (classmethod, staticmethod)):
            return type(function)(decorate(function.__func__))
        if isinstance(function, property):
            return property(*(part and decorate(part) for part in (function.fget, function.fset, function.fdel)))
        checked = _jaxtyped(function, typechecker=typechecker)
        if isinstance(function, type):
            return checked
        key = id(function)

        def called(*args: Any, **options: Any) -> Any:
            calls = _calls.get(key, 0)
            if calls >= FIRST_CALLS:
                return function(*args, **options)
            _calls[key] = calls + 1
            return checked(*args, **options)

        return update_wrapper(called, function)

    return decorate
