"""A method's options as command-line flags: drawn from its signature, read back through the same checks as the form."""

import argparse
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ..methods.registry import Method

LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def add_flags(parser: argparse.ArgumentParser, method: Method, prefix: str = "") -> None:
    """Give `parser` one flag per option of `method`; with a prefix, `--<prefix>-<option>`."""
    group = parser.add_argument_group(f"options of {method.name} ({method.title})")
    for name, field in method.options.model_fields.items():
        settings: dict[str, Any] = {"dest": _destination(prefix, name), "default": argparse.SUPPRESS}
        if field.annotation is bool:
            settings["action"] = argparse.BooleanOptionalAction
        else:
            settings |= {"metavar": expects(field.annotation), "type": str}
        group.add_argument(flag(name, prefix), help=_escaped(describe(field)), **settings)


def flag(option: str, prefix: str = "") -> str:
    """The flag of an option: `--top-k` of `top_k`."""
    return f"--{prefix}-{option}".replace("_", "-") if prefix else f"--{option}".replace("_", "-")


def usage(option: str, field: FieldInfo) -> str:
    """A flag with what it takes: `--top-k N`, `--cross` or `--no-cross`."""
    if field.annotation is bool:
        return f"{flag(option)} | {flag(f'no_{option}')}"
    return f"{flag(option)} {expects(field.annotation)}"


def given_flags(arguments: argparse.Namespace, method: Method, prefix: str = "") -> dict[str, Any]:
    """The options of `method` that were given as flags, as Python values that `method.read_options` checks."""
    given = {}
    for name, field in method.options.model_fields.items():
        if hasattr(arguments, _destination(prefix, name)):
            given[name] = _value(field.annotation, getattr(arguments, _destination(prefix, name)))
    return given


def describe(field: FieldInfo) -> str:
    """One line on an option: title, description, limits, default."""
    facts = "; ".join([*_limits(field), f"default {shown(field.default)}"])
    sentences = [part.rstrip(".") for part in (field.title, field.description, facts[0].upper() + facts[1:]) if part]
    return f"{'. '.join(sentences)}."


def expects(annotation: Any) -> str:
    """What a flag takes, as it stands in the help: N, X, TEXT, the choices, or a list."""
    plain, *others = _members(annotation)
    if others:
        return "|".join(dict.fromkeys(expects(member) for member in (plain, *others)))
    if get_origin(plain) is Literal:
        return "|".join(str(choice) for choice in get_args(plain))
    if _is_list(plain):
        return f"{expects(get_args(plain)[0])},..."
    return {int: "N", float: "X", type(None): "none"}.get(plain, "TEXT")


def shown(value: Any) -> str:
    """A default as it would be typed."""
    if isinstance(value, tuple | list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)


def _value(annotation: Any, given: Any) -> Any:
    """The text of a flag as what pydantic reads best: "none" where that is allowed, lists split at commas."""
    if not isinstance(given, str):
        return given
    members = _members(annotation)
    if type(None) in members and given.lower() == "none":
        return None
    lists = [member for member in members if _is_list(member)]
    only_lists = all(_is_list(member) or member is type(None) for member in members)
    if lists and (only_lists or "," in given):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return given


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (tuple, list)


def _members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, else the annotation alone; without the limits that they may carry."""
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(inner for member in get_args(annotation) for inner in _members(member))
    return (annotation,)


def _limits(field: FieldInfo) -> list[str]:
    """Return the limits of pydantic in words, as "at least 1"."""
    matches = [(words, getattr(limit, name, None)) for limit in field.metadata for name, words in LIMITS.items()]
    return [f"{words} {bound}" for words, bound in matches if bound is not None]


def _destination(prefix: str, name: str) -> str:
    return f"option_{prefix}_{name}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
