"""One prediction as a sum of AND and OR patterns: how they add up, who takes part, and what proves it."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.subject import readable
from dashboard.components.text import plain, short
from dashboard.screens.and_or.and_or_parts import choose_by_click
from dashboard.state.state import dataset, selection
from interaction_engine import plots
from interaction_engine.core.status import PatternStatus
from interaction_engine.methods import words
from interaction_engine.methods.and_or.result import AndOrPatterns
from interaction_engine.plots.and_or.and_or_marks import pattern_words
from interaction_engine.plots.and_or.and_or_parts import kind_of_parts

DRAWN = 12
"""Patterns drawn one by one at first."""

SPARSE = 0.02
"""The gap that counts as none where the method was not asked for one."""

ROUNDING = 1e-6
"""An error, as a share of the effects, below which it is only rounding."""

MOST_ROWS = 400
"""Rows of a table sent to the browser; the download has all."""


def choose_sample(result: AndOrPatterns) -> int:
    """The sample on screen; a menu where there are several."""
    labels = {
        int(number): str(label) for number, label in zip(result.samples["sample"], result.samples["label"], strict=True)
    }
    first = next(iter(labels))
    if len(labels) == 1:
        return first
    return st.selectbox(
        f"Prediction shown (of {len(labels):,} decomposed)",
        list(labels),
        format_func=lambda number: short(labels[number]),
        key=f"and-or/sample/{selection().run}",
        persist_state="session",
        width=420,
    )


def show_sample(result: AndOrPatterns, sample: int) -> None:
    """Its score, the baseline's, and the row itself."""
    header = _header(result, sample)
    score, base, salient, players = st.columns(4)
    score.metric("Score", f"{header['score']:.4g}", border=True, help=f"In {plain(result.unit)}")
    base.metric("With everything masked", f"{header['base']:.4g}", border=True)
    salient.metric("Salient patterns", f"{int(header['salient']):,}", border=True)
    players.metric("Maskable features", f"{len(result.players):,}", border=True)
    current = selection().data
    row = int(header["row"])
    drawn = kind_of_parts(result) in ("patch", "cluster")  # hundreds of numbers that the figure shows
    if current and not drawn and 0 <= row < len(data := dataset(current)):
        with st.expander(f"Row {row:,}", icon=":material/table_rows:"):
            st.dataframe(readable(data, [row]), hide_index=True, alt=f"The values of row {row}")


def show_patterns(result: AndOrPatterns, sample: int) -> None:
    """The waterfall beside the graph, and beneath them what proves the split, and the table."""
    top = _choose_top(result, sample)
    rows, provenance = result.of_sample(sample), result.provenance
    mark = choose_by_click(result, sample)
    waterfall, graph = st.columns([11, 9], gap="medium")
    with waterfall:
        show_figure(
            "pattern-waterfall",
            lambda theme: plots.pattern_waterfall(result, sample=sample, top=top, theme=theme),
            rows,
            provenance,
            alt="From the score with everything masked, pattern by pattern, to this prediction; the table has them too",
            on_select=mark,
        )
    with graph:
        show_figure(
            "pattern-graph",
            lambda theme: plots.pattern_graph(result, sample=sample, top=top, theme=theme),
            rows,
            provenance,
            alt="The players on a circle, and a mark for each pattern that is tied to its players",
            on_select=mark,
        )
    show_certificate(result, sample)
    with st.expander(f"All retained patterns ({len(rows):,})", icon=":material/list:"):
        _pattern_table(rows, result.unit)
        show_numbers("patterns", rows, provenance)


def show_certificate(result: AndOrPatterns, sample: int) -> None:
    """Whether the split is proven to be nearly the sparsest, and whether it gives every masked score; with figures."""
    for passed, verdict, figures in certificates(result, sample):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            icon, colour = ("check_circle", "green") if passed else ("warning", "orange")
            st.badge(verdict, icon=f":material/{icon}:", color=colour)
            st.caption(plain(figures), width="content")


def certificates(result: AndOrPatterns, sample: int) -> list[tuple[bool, str, str]]:
    """Each check of a sample: whether it passed, the verdict, and the figures behind it."""
    header = _header(result, sample)
    primal, dual, gap, error = (float(header[name]) for name in ("primal", "dual", "gap", "matching_error"))
    requested = float(result.provenance.options.get("tolerance", SPARSE))
    sparse = gap <= requested
    exact = error <= ROUNDING * max(abs(float(header["score"]) - float(header["base"])), primal)
    noise = f", a noise of at most {_percent(result.delta)} of the distance included" if result.delta else ""
    return [
        (
            sparse,
            "proven to be near the sparsest split" if sparse else "a sparser split may exist",
            f"Absolute effects add up to {primal:.4g}, and no split can have less than {dual:.4g}: a gap of "
            f"{_percent(gap)}, {_percent(requested)} asked for.",
        ),
        (
            exact,
            "matches every masked score" if exact else "misses some masked scores",
            f"Largest error over all {2 ** len(result.players):,} ways to mask this sample: {error:.1e}{noise}.",
        ),
    ]


def _header(result: AndOrPatterns, sample: int) -> dict[str, Any]:
    rows = result.samples[result.samples["sample"] == sample]
    return {str(name): value for name, value in rows.iloc[0].items()}


def _choose_top(result: AndOrPatterns, sample: int) -> int:
    """How many patterns are drawn one by one, where there are many."""
    most = int(_header(result, sample)["salient"])
    if most <= DRAWN:
        return DRAWN
    choices = sorted({5, DRAWN, *(n for n in (20, 30, 50) if n < most), min(most, 60)})
    return st.select_slider(
        "Patterns drawn one by one", choices, value=DRAWN, key=f"and-or/top/{most}", persist_state="session", width=240
    )


def _pattern_table(rows: pd.DataFrame, unit: str) -> None:
    shown = rows.head(MOST_ROWS)
    number = st.column_config.NumberColumn
    st.dataframe(
        shown.assign(features=pattern_names(shown), how=pattern_kinds(shown)),
        column_order=["rank", "features", "how", "order", "effect", "status"],
        column_config={
            "rank": number("Rank"),
            "features": st.column_config.TextColumn("Pattern", width="large"),
            "how": st.column_config.TextColumn("Kind"),
            "order": number("Order", help="Number of players"),
            "effect": number("Effect", format="%+.4g", help=f"In {plain(unit)}"),
            "status": st.column_config.TextColumn("Status", help=words.status_help(PatternStatus)),
        },
        hide_index=True,
        height=min(430, 42 + 35 * max(1, len(shown))),
        alt="Patterns of this prediction, strongest first",
    )


def pattern_names(rows: pd.DataFrame) -> list[str]:
    """Return the patterns of a table in words."""
    return [pattern_words(names, kind) for names, kind in zip(rows["features"], rows["kind"], strict=True)]


def pattern_kinds(rows: pd.DataFrame) -> list[str]:
    """AND or OR; a player alone is neither."""
    return [kind.upper() if order > 1 else "alone" for kind, order in zip(rows["kind"], rows["order"], strict=True)]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 1e-5 else "less than 0.001 %"
