"""The shapes of models side by side: how good each is, what each term is worth, all curves, and one term large."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import plain, prose, short
from dashboard.screens.model.model_report import METRICS
from dashboard.screens.shapes.shape_models import Known
from dashboard.state.state import select, selection
from interaction_engine import plots
from interaction_engine.methods import words
from interaction_engine.models.additive.shape_result import Shapes, leading_terms

Models = Mapping[str, Shapes]

MARK = "●"

MOST_TERMS = 400
"""Terms in menus and tables; the downloads have all."""

FEW_NAMES = 4
"""Up to so many features, a term is called by their names."""


def current_term(models: Models) -> tuple[str, ...]:
    """The term in the address if one of the models has it, else the most important one that can be drawn."""
    chosen = selection().term
    if chosen and any(shapes.term_of(chosen) is not None for shapes in models.values()):
        return chosen
    ranked = leading_terms(models, MOST_TERMS)
    term = next((term for term in ranked if len(term) < 3), ranked[0] if ranked else ())
    if term:
        select(term=term)
    return term


def choose_by_click(event: Any) -> None:
    """A click on a bar, which carries the names of its term's features."""
    points = event["selection"]["points"]
    data = points[0].get("customdata") if points else None
    if data is not None and len(data):
        select(term=tuple(map(str, data)))


def show_models(known: Sequence[Known], models: Models) -> None:
    """All models of the data by how well they predict held-out rows, with what they are made of."""
    rows = [_model_row(model, models.get(model.label)) for model in known]
    table = pd.DataFrame(rows)
    best = next((key for key in ("r2", "auc", "accuracy") if key in table), None)
    if best:
        table = table.sort_values(best, ascending=False, kind="stable", na_position="last")
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "shown": st.column_config.TextColumn("", width=24),
        "model": st.column_config.TextColumn("Model"),
    }
    columns |= {key: number(METRICS[key], format="%.4g", help="On held-out rows") for key in METRICS if key in table}
    columns |= {
        "terms": st.column_config.TextColumn("Terms", help="Curves, maps and larger terms of the models on screen"),
        "parameters": st.column_config.TextColumn("Parameters"),
        "seconds": number("Seconds", format="%.0f", help="From the start of its run to its end, evaluation included"),
    }
    st.dataframe(
        table,
        column_order=list(columns),
        column_config=columns,
        hide_index=True,
        height=min(320, 42 + 35 * len(table)),
        alt="The models of these data: metrics on held-out rows, terms, parameters, seconds",
    )
    st.caption(f"{MARK} on screen. All metrics are of rows that no model has seen.")
    show_numbers("models", table.drop(columns="shown"), None)


def show_terms(models: Models) -> None:
    """The terms of all models by importance, and of one model what leaving some out costs."""
    st.header("Term importance", anchor=False, divider="gray")
    drawing, numbers = st.columns([3, 2], gap="medium")
    with drawing:
        _importance(models)
    with numbers:
        name = choose_model(models, "Model", "shapes/judged")
        _term_table(name, models[name])
        _leave_out(name, models[name])


def show_overview(models: Models) -> None:
    """The strongest curves, all models in each panel."""
    st.header("The strongest curves", anchor=False, divider="gray")
    n_curves = len(leading_terms(models, MOST_TERMS, order=1))
    top = 12
    if n_curves > top:
        choices = sorted({12, *(n for n in (24, 48) if n < n_curves), min(n_curves, 96)})
        top = st.select_slider("Curves drawn", choices, value=12, key="shapes/curves", persist_state="session")
    show_figure(
        "shape-overview",
        lambda theme: plots.shape_overview(models, top=top, theme=theme),
        _joined(models, "curves"),
        next(iter(models.values())).provenance,
        alt="A panel per feature with the curve of each model, on one score axis, over the density of the rows",
    )


def show_term(models: Models) -> tuple[str, ...]:
    """The chosen term, large, in every model that has it; returns its features."""
    term = current_term(models)
    st.header("The chosen term", anchor=False, divider="gray")
    if not term:
        st.caption("These models have no terms.")
        return term
    term = _term_menu(models, term)
    having = {name: shapes for name, shapes in models.items() if shapes.term_of(term) is not None}
    st.markdown("  \n".join(prose(words.term_sentence(name, shapes, term)) for name, shapes in having.items()))
    part = "curves" if len(term) == 1 else "maps"
    show_figure(
        "shape-term",
        lambda theme: plots.shape_term(models, term, theme=theme),
        _of_term(models, term, part),
        next(iter(models.values())).provenance,
        alt="The chosen term, a column per model: a curve over the density of the rows, or a map",
    )
    known = [f"{name}: {shapes.interval}" for name, shapes in having.items() if shapes.interval != "none"]
    if known and len(term) == 1:
        st.caption(plain(f"Uncertainty. {'. '.join(known)}."))
    return term


def choose_model(models: Models, label: str, key: str) -> str:
    """One of the models by its name; `key` with "/wanted" behind it holds one that is to be chosen once it is there."""
    if len(models) == 1:
        return next(iter(models))
    names = list(models)
    if st.session_state.get(f"{key}/wanted") in names:
        st.session_state[key] = st.session_state.pop(f"{key}/wanted")
    if st.session_state.get(key) not in names:
        st.session_state.pop(key, None)
    return st.segmented_control(
        label, names, default=names[0], required=True, format_func=plain, key=key, persist_state="session"
    )


def _importance(models: Models) -> None:
    n_terms = len(leading_terms(models, MOST_TERMS))
    top = 15
    if n_terms > top:
        choices = sorted({15, *(n for n in (30, 60) if n < n_terms), min(n_terms, 120)})
        top = st.select_slider("Terms drawn", choices, value=15, key="shapes/top", persist_state="session")
    show_figure(
        "term-importance",
        lambda theme: plots.term_importance(models, top=top, chosen=current_term(models), theme=theme),
        _joined(models, "table"),
        next(iter(models.values())).provenance,
        alt="Bars: how much each term of each model moves the prediction; the table has them too",
        on_select=choose_by_click,
    )


def _term_table(name: str, shapes: Shapes) -> None:
    """The terms of one model; a click on a row chooses the term."""
    table = shapes.table.head(MOST_TERMS)
    current = set(current_term({name: shapes}) if selection().term is None else selection().term or ())
    key = "shapes/terms"

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            select(term=table["features"].iloc[rows[0]])

    error = words.loss_name(shapes)
    shown = pd.DataFrame(
        {
            "current": [MARK if set(features) == current else "" for features in table["features"]],
            "term": [term_name(features) for features in table["features"]],
            "importance": table["importance"],
            "share": 100 * table["share"],
            "cost": words.error_growth(shapes).head(MOST_TERMS),
        }
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        column_config={
            "current": st.column_config.TextColumn("", width=24),
            "term": st.column_config.TextColumn("Term", width=124),
            "importance": number("Size", format="%.3g", width=54, help=f"Standard deviation, {plain(shapes.unit)}"),
            "share": number("Share", format="%.1f %%", width=60, help="Share of the importance of all terms"),
            "cost": number(
                "Cost", format="%.3g", width=58, help=f"How much {error} on held-out rows grows without the term"
            ),
        },
        hide_index=True,
        height=min(390, 42 + 35 * max(1, len(shown))),
        key=key,
        on_select=choose,
        selection_mode="single-row",
        alt="The terms of the model by importance, with share and cost; choose a row to see the term",
    )
    more = f" {MOST_TERMS} of {len(shapes.table):,} shown." if len(shapes.table) > MOST_TERMS else ""
    st.caption(
        f"Click a row, or a bar in the figure, to choose the term. Cost: what {error} grows by without it.{more}"
    )
    show_numbers("terms", shapes.table, shapes.provenance)


def _leave_out(name: str, shapes: Shapes) -> None:
    """Terms switched off, and the loss of that at once."""
    terms = shapes.table["term"].head(MOST_TERMS).tolist()
    without = st.multiselect(
        "Leave out",
        terms,
        key=f"shapes/without/{name}/{len(shapes.table)}",
        format_func=lambda term: term_name(shapes.table["features"].iloc[term]),
        placeholder="Choose terms to switch off",
        persist_state="session",
    )
    st.markdown(prose(words.without_sentence(name, shapes, without)))


def _term_menu(models: Models, term: tuple[str, ...]) -> tuple[str, ...]:
    """The menu that names the current term and changes it."""
    offered = {term_name(one): one for one in leading_terms(models, MOST_TERMS)}
    key = "shapes/term"
    here = next((name for name, one in offered.items() if set(one) == set(term)), None)
    if here is None:
        offered, here = {term_name(term): term} | offered, term_name(term)
    st.session_state[key] = here

    def choose() -> None:
        select(term=offered[st.session_state[key]])

    st.selectbox("Term", list(offered), key=key, on_change=choose, width=420)
    return term


def term_name(features: Sequence[str]) -> str:
    """A term in a menu or a table, where text is shown as it is."""
    if len(features) > FEW_NAMES:
        return f"all together ({len(features)} features)"
    return " × ".join(short(name, 40) for name in features)


def _model_row(model: Known, shapes: Shapes | None) -> dict[str, Any]:
    metrics = {key: float(value) for key, value in model.report.metrics.items() if key in METRICS}
    return {
        "shown": MARK if shapes else "",
        "model": model.label,
        **metrics,
        "terms": f"{len(shapes.table):,}" if shapes else "",
        "parameters": f"{model.report.n_parameters:,}" if model.report.n_parameters else "",
        "seconds": model.run.seconds,
    }


def _joined(models: Models, part: str) -> pd.DataFrame:
    """A table of all models, one beneath the other, with their names."""
    parts = [getattr(shapes, part).assign(model=name) for name, shapes in models.items()]
    joined = pd.concat(parts, ignore_index=True)
    return joined[["model", *(column for column in joined if column != "model")]]


def _of_term(models: Models, term: Sequence[str], part: str) -> pd.DataFrame:
    result = {name: shapes.term_of(term) for name, shapes in models.items()}
    every = _joined(models, part)
    return every[[result[name] == own for name, own in zip(every["model"], every["term"], strict=True)]]
