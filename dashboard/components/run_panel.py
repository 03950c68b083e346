"""Runs on the page: the live panel of one, and the list of all that belong to the current data."""

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.components import fragments, text
from dashboard.components.failures import explained
from dashboard.components.figures import on_page, theme
from dashboard.state.state import RunView, atlas, go, select
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.methods.hessians.registration import EXPECTED_HESSIANS, INTEGRATED_HESSIANS
from interaction_engine.methods.registry import METHODS

REFRESH = 0.5
"""Seconds between two looks at a run; it writes a partial result at most twice a second."""

STATUS = {
    RunStatus.QUEUED: ("waiting for a free worker", ":material/schedule:", "gray"),
    RunStatus.RUNNING: ("running", ":material/progress_activity:", "blue"),
    RunStatus.DONE: ("finished", ":material/check_circle:", "green"),
    RunStatus.FAILED: ("failed", ":material/error:", "red"),
    RunStatus.CANCELLED: ("cancelled", ":material/cancel:", "orange"),
}


def follow(run_id: str) -> RunView:
    """The run as it stands. Unfinished: its live panel, which redraws the page at the end. Failed or cancelled: why."""
    view = atlas().run(run_id)
    if not view.finished:
        fragments.draw(_live, run_id)
    elif view.status == RunStatus.FAILED:
        st.error(text.prose(view.error or "The run failed without a reason; start it again."), icon=":material/error:")
        if view.specification.kind != "check":  # the same file would be refused again
            _again(view)
    elif view.status == RunStatus.CANCELLED:
        st.warning("This run was cancelled.", icon=":material/cancel:")
        _again(view)
    return view


def quiet(run_id: str, waiting: str) -> RunView:
    """The same for a quick run that a screen asks for by itself: a spinner instead of a panel."""
    view = atlas().run(run_id)
    if not view.finished:
        fragments.draw(_spin, run_id, waiting)
    elif view.status in (RunStatus.FAILED, RunStatus.CANCELLED):
        st.warning(text.prose(view.error or "The computation was stopped."), icon=":material/error:")
        if st.button("Try again", key=f"retry/{run_id}", icon=":material/refresh:"):
            atlas().submit(view.specification)
            st.rerun()
    return view


def title(view: RunView) -> str:
    """A run in a few words."""
    if view.specification.kind == "check":
        return "Checking a model"
    method = METHODS.get(view.specification.method)
    return method.label if method else view.specification.method.replace("_", " ").capitalize()


def screen_of(view: RunView) -> str:
    """The screen that shows a run's result first."""
    method = METHODS.get(view.specification.method)
    return method.screen if method else "pairs"


def when(view: RunView) -> str:
    """How long ago a run was asked for."""
    past = time.time() - view.specification.created
    return (
        "just now" if past < 90 else f"{text.seconds(past)} ago" if past < 86_400 else f"{past / 86_400:.0f} days ago"
    )


def badge(view: RunView) -> None:
    """The status of a run as a coloured word."""
    label, icon, colour = STATUS[view.status]
    st.badge(label, icon=icon, color=colour)  # pyright: ignore[reportArgumentType]


def show_runs(views: Sequence[RunView], current: str | None) -> None:
    """One line per run: what, how far, and the buttons to open or cancel it."""
    if any(not view.finished for view in views):
        fragments.draw(_live_list, tuple(view.id for view in views), current)
    else:
        _lines(views, current)


@st.fragment(run_every=REFRESH)
def _live(run_id: str) -> None:
    with explained():
        view = atlas().run(run_id)
        if view.finished:
            _redraw()
        _panel(view)


@st.fragment(run_every=REFRESH / 2)
def _spin(run_id: str, waiting: str) -> None:
    with explained():
        view = atlas().run(run_id)
        if view.finished:
            _redraw()
        st.progress(min(1.0, max(0.0, view.fraction)), text=text.plain(waiting))


@st.fragment(run_every=2 * REFRESH)
def _live_list(run_ids: tuple[str, ...], current: str | None) -> None:
    with explained():
        views = [atlas().run(run_id) for run_id in run_ids]
        if all(view.finished for view in views):
            _redraw()
        _lines(views, current)


def _redraw() -> None:
    """Draw the whole page again, unless the user has asked for something in the meantime.

    A rerun that a timer asks for overwrites the page of one that waits; the empty element lets that one go first.
    """
    st.empty()
    st.rerun()


def _panel(view: RunView) -> None:
    """Phase, progress, time left, cancel, and the live figure."""
    with st.container(border=True, key=f"panel/{view.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{text.plain(title(view))}**")
            badge(view)
            st.space("stretch")
            if st.button("Cancel", key=f"cancel/{view.id}", icon=":material/stop_circle:", type="tertiary"):
                atlas().cancel(view.id)
                st.rerun(scope="app")
        st.progress(min(1.0, max(0.0, view.fraction)), text=text.plain(_now(view)))
        if view.partial:
            _live_figure(view.partial)


def _now(view: RunView) -> str:
    """What the run is doing, and how long it will take."""
    parts = [view.message or STATUS[view.status][0]]
    if view.remaining is not None and view.status == RunStatus.RUNNING:
        parts.append(f"about {text.seconds(view.remaining)} left")
    elif view.seconds:
        parts.append(f"{text.seconds(view.seconds)} so far")
    return ", ".join(parts)


def _live_figure(partial: dict[str, Any]) -> None:
    if partial.get("kind") == "race":
        if levels := partial.get("levels"):
            st.caption("  \n".join(text.plain(_level(level)) for level in levels))
        pulls, naive = partial.get("pulls", 0), partial.get("exhaustive_pulls", 0)
        saved = f" of the {text.amount(naive)} of an exact evaluation" if naive else ""
        st.caption(f"{text.amount(pulls)} pulls{saved}.")
        st.plotly_chart(
            on_page(plots.race(partial, theme=theme())),
            theme=None,
            key="live/race",
            alt="Intervals of the strongest pairs or larger sets, shrinking",
        )
    elif partial.get("kind") == "dynamics":
        st.plotly_chart(
            on_page(plots.training_phases(partial, theme=theme())),
            theme=None,
            key="live/dynamics",
            alt="Losses and mean order of the patterns by epoch, so far",
        )
    elif partial.get("kind") == "curve":
        st.plotly_chart(
            on_page(plots.loss_curves(partial, theme=theme())),
            theme=None,
            key="live/curve",
            alt="Training and validation loss by epoch",
        )


def _level(level: dict[str, Any]) -> str:
    """One order of the search for larger sets: what came of it, or what it will cost at most."""
    tried = f"{level['candidates']:,} {'pairs' if level['order'] == 2 else 'candidates'}"
    left = [f"{level[key]:,} {key}" for key in ("refused", "skipped") if level.get(key)]
    if level.get("accepted") is None:
        cost = f"at most {text.amount(level['planned_evaluations'])} model calls"
        parts = [tried, *left, f"{cost}, {text.seconds(level['planned_seconds'])}"]
    else:
        parts = [tried, f"{level['accepted']:,} accepted", *left, text.seconds(level["seconds"])]
    return f"Order {level['order']}: {', '.join(parts)}"


def _lines(views: Sequence[RunView], current: str | None) -> None:
    for view in views:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"run/{view.id}"):
            st.markdown(f"**{text.plain(title(view))}**" + (" (shown)" if view.id == current else ""))
            badge(view)
            st.caption(text.plain(_facts(view)), width="stretch")
            if not view.finished:
                st.progress(min(1.0, max(0.0, view.fraction)), width=160)
                if st.button("Cancel", key=f"cancel-line/{view.id}", type="tertiary", icon=":material/stop_circle:"):
                    atlas().cancel(view.id)
                    st.rerun(scope="app")
            if st.button("Open", key=f"open/{view.id}", icon=":material/arrow_forward:", disabled=view.id == current):
                select(run=view.id)
                st.rerun(scope="app")


def _facts(view: RunView) -> str:
    """The options that tell runs of one method apart."""
    options = view.specification.options
    named = {"background": "rows"} if "max_order" in options else {"top_k": "pairs", "background": "rows"}
    counts = [f"{options[name]:,} {noun}" for name, noun in named.items() if options.get(name) is not None]
    if options.get("max_order"):
        counts.insert(0, f"up to order {options['max_order']}")
    if options.get("sentence"):
        counts.insert(0, text.short(f"“{options['sentence']}”", 50))
    elif options.get("row") is not None:
        counts.insert(0, f"row {options['row']:,}")
    elif view.specification.method in (INTEGRATED_HESSIANS.name, EXPECTED_HESSIANS.name):
        counts.insert(0, f"{options.get('rows', 0):,} rows")
    if options.get("epochs"):
        counts.insert(0, f"{options['epochs']:,} epochs")
    words = [str(options[name]) for name in ("bound", "scheme") if name in options]
    return ", ".join([*counts, *words, f"seed {view.specification.seed}", when(view)])


def _again(view: RunView) -> None:
    with st.container(horizontal=True):
        if st.button("Run it again", key=f"again/{view.id}", type="primary", icon=":material/refresh:"):
            slot = "run" if view.specification.kind == "detect" else "training"
            select(**{slot: atlas().submit(view.specification)})
            st.rerun()
        if view.specification.kind == "detect" and st.button(
            "Change the options", key=f"options/{view.id}", icon=":material/tune:"
        ):
            go("detect")
