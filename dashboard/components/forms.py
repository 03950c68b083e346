"""Option forms drawn from a method's own signature: one widget per option, by its JSON schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.components.text import plain, short
from interaction_engine.methods.registry import Method

FIRST = 6
"""Options shown at once; the others wait under "More options"."""


def options_form(
    method: Method, *, hidden: Mapping[str, Any] | None = None, names: Sequence[str] = ()
) -> dict[str, Any]:
    """Draw a widget for every option of `method` and return their values; `hidden` ones keep the value given.

    `names` are proposed where a list of names is asked for.
    """
    fixed = dict(hidden or {})
    properties = method.options.model_json_schema().get("properties", {})
    fields = {name: schema for name, schema in properties.items() if name not in fixed}
    shown = list(fields)
    values = _grid(method.name, {name: fields[name] for name in shown[:FIRST]}, names)
    if shown[FIRST:]:
        with st.expander("More options", icon=":material/tune:"):
            values |= _grid(method.name, {name: fields[name] for name in shown[FIRST:]}, names)
    return values | fixed


def _grid(method: str, fields: Mapping[str, dict[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    shown = list(fields)
    for start in range(0, len(shown), 3):
        for name, column in zip(shown[start : start + 3], st.columns(3), strict=False):
            with column:
                values[name] = _widget(f"option/{method}/{name}", name, fields[name] | {"names": list(names)})
    return values


def _widget(key: str, name: str, schema: dict[str, Any]) -> Any:
    """The widget of one option: its title, its description as help, its range as limits."""
    inner, optional = _unwrapped(schema)
    shared = {"label": plain(_title(name, schema)), "help": _help(schema), "key": key, "persist_state": "session"}
    default = schema.get("default")
    draw = _CHOICE if "enum" in inner else _WIDGETS.get(inner.get("type", ""), _text)
    return draw(shared, inner, default, optional)


def _unwrapped(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema of the value itself, and whether it may be left empty."""
    choices = schema.get("anyOf", [])
    inner = next((choice for choice in choices if choice.get("type") != "null"), schema)
    return {**schema, **inner}, any(choice.get("type") == "null" for choice in choices)


def _title(name: str, schema: dict[str, Any]) -> str:
    return schema.get("title") or name.replace("_", " ").capitalize()


def _help(schema: dict[str, Any]) -> str | None:
    return plain(schema["description"]) if schema.get("description") else None


def _choice(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    options = ([None] if optional else []) + list(schema["enum"])
    index = options.index(default) if default in options else 0
    return st.selectbox(
        options=options, index=index, format_func=lambda value: "none" if value is None else str(value), **shared
    )


def _toggle(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    return st.toggle(value=bool(default), **shared)


def _integer(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    low, high = schema.get("minimum"), schema.get("maximum")
    low = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else low
    return st.number_input(
        value=default,
        min_value=low,
        max_value=high,
        step=1,
        placeholder=schema.get("placeholder", "none") if optional else None,
        **shared,
    )


def _number(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    low, high = (schema.get(key, schema.get(f"exclusive{key.capitalize()}")) for key in ("minimum", "maximum"))
    limits = {"min_value": None if low is None else float(low), "max_value": None if high is None else float(high)}
    value = None if default is None else float(default)
    step = 10.0 ** _magnitude(value or 1.0)
    placeholder = "none" if optional else None
    return st.number_input(value=value, step=step, format="%g", placeholder=placeholder, **limits, **shared)


def _list(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    """A list of numbers as text: 400, 400, 400; a list of names as a choice that takes other names too."""
    items = schema.get("items") or {}
    read = {"integer": int, "number": float}.get(items.get("type", ""))
    if read is None:
        empty = schema.get("placeholder", "none chosen" if optional else "type a name")
        chosen = _names(shared, schema["names"], default or (), empty)
        return chosen or (None if optional else chosen)
    written = st.text_input(value=", ".join(str(item) for item in default or ()), **shared)
    try:
        return tuple(read(part) for part in written.replace(";", ",").split(",") if part.strip())
    except ValueError:
        return written  # the method's own check says what was expected


def _names(shared: dict[str, Any], offered: list[str], default: Sequence[str], placeholder: str) -> tuple[str, ...]:
    chosen = st.multiselect(
        options=list(dict.fromkeys([*offered, *default])),
        default=list(default),
        format_func=short,
        accept_new_options=True,
        placeholder=placeholder,
        **shared,
    )
    return tuple(map(str, chosen))


def _text(shared: dict[str, Any], schema: dict[str, Any], default: Any, optional: bool) -> Any:
    written = st.text_input(value="" if default is None else str(default), **shared)
    return written or (None if optional else written)


def _magnitude(value: float) -> int:
    """The power of ten one below the first digit of `value`, so that a click changes it by a sensible step."""
    return int(f"{abs(value):e}".split("e")[1]) - (1 if abs(value) < 10 else 0)


_CHOICE = _choice
_WIDGETS: dict[str, Callable[[dict[str, Any], dict[str, Any], Any, bool], Any]] = {
    "boolean": _toggle,
    "integer": _integer,
    "number": _number,
    "array": _list,
}
