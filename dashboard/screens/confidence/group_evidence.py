"""Group expected Hessians on the screen of confidence: chance, the number of regions, and honest intervals."""

import streamlit as st

from dashboard.components.figures import show_figure, show_numbers, side_by_side
from dashboard.components.text import plain, prose
from dashboard.screens.confidence.group_variants import ask_for, show_variants
from dashboard.state import current_pair
from dashboard.state.state import RunView
from interaction_engine import plots
from interaction_engine.core.status import BayesianStatus
from interaction_engine.methods import words
from interaction_engine.methods.bayesian.result import GroupHessians

PERMUTATIONS = 100
"""Proposed at first: enough for a p-value of 0.01."""

MOST_PERMUTATIONS = 10_000

NULLS = {"additive": "main effects only", "shuffled": "no effects"}
"""What chance is, in words."""

SECOND_WIDTH = 440
"""Pixels of the figure beside the number of regions."""

MOST_ROWS = 400
"""Rows of the table sent to the browser; the download has all."""


def show_evidence(run: RunView, result: GroupHessians) -> None:
    """What chance alone makes, why there are so many regions, and whether the network's intervals are honest."""
    _show_chance(run, result)
    regions, calibration = side_by_side("regions-and-calibration", SECOND_WIDTH)
    with regions:
        _show_choice(run, result)
    with calibration:
        _show_calibration(result)


def _show_chance(run: RunView, result: GroupHessians) -> None:
    st.header("Permutation test", anchor=False, divider="gray")
    pair = current_pair.chooser(result.pairs())
    tested = len(result.null) > 0
    if tested:
        st.markdown(prose(words.permutation_sentence(result, *pair)))
        show_figure(
            "permutation-null",
            lambda theme: plots.permutation_null(result, pair=pair, theme=theme),
            result.null,
            result.provenance,
            alt="The largest strength of each network trained on null targets, and the strengths of the pairs",
            on_select=current_pair.choose_by_click,
        )
    else:
        st.markdown(
            "A network finds something in any data. To see how much, the same network is trained anew on targets in "
            "which no features act together: what each does by itself is kept, all the rest is shuffled among the "
            "rows. A pair stands out where it is stronger than what is found there."
        )
    _ask_for_permutations(run, tested)
    show_variants(run, pair)
    _show_table(result)


def _ask_for_permutations(run: RunView, tested: bool) -> None:
    requested = run.specification.options
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="permutations"):
        number = st.number_input(
            "Null models",
            1,
            MOST_PERMUTATIONS,
            PERMUTATIONS,
            key="permutations/number",
            persist_state="session",
            width=220,
            help="Each is trained like the network itself. The smallest possible p is 1 divided by one more than that.",
        )
        null = st.selectbox(
            "Null hypothesis",
            list(NULLS),
            format_func=NULLS.__getitem__,
            key="permutations/null",
            persist_state="session",
            width=260,
            help="Where every feature acts by itself, a network has as much to learn as in your data, but no "
            "interaction. Where none acts at all, networks find hardly anything, and nearly every pair stands out.",
        )
        label = "Run with this number" if tested else "Run the permutation test"
        same = tested and (number, null) == (requested.get("permutations"), requested.get("null", "additive"))
        if st.button(label, icon=":material/shuffle:", disabled=same, key="permutations/go"):
            ask_for(run, permutations=int(number), null=null)


def _show_table(result: GroupHessians) -> None:
    """The pairs with their intervals and what chance says of them; a click makes a pair the current one."""
    number = st.column_config.NumberColumn
    help_p = "How often the strongest pair of a null model is at least as strong"
    columns = {
        "current": st.column_config.TextColumn("", width=24),
        "rank": number("Rank", width=52),
        "feature_1": st.column_config.TextColumn("Feature", width=120),
        "feature_2": st.column_config.TextColumn("Feature", width=120),
        "strength": number("Strength", format="%.4g", help=f"Mean size over the regions, in {plain(result.unit)}"),
        "lower": number("Lower", format="%.4g", help=plain(result.interval)),
        "upper": number("Upper", format="%.4g", help=plain(result.interval)),
        "bayes_p": number(
            "Bayesian p",
            format="%.3g",
            help="How often a drawn network is as far from their mean as no interaction anywhere would be",
        ),
        "status": st.column_config.TextColumn("Status", help=words.status_help(BayesianStatus)),
    }
    if len(result.null):
        columns |= {
            "p_value": number("p", format="%.3g", help=help_p),
            "q_value": number(
                "q", format="%.3g", help="Estimated share of false findings among the pairs down to this one"
            ),
        }
    shown = result.table.head(MOST_ROWS)
    current_pair.ranking_table(result.pairs(), shown, key="evidence", columns=columns)
    if len(shown) < len(result.table):
        st.caption(f"{len(shown):,} of {len(result.table):,} pairs; the download has all.")
    show_numbers("evidence", result.table, result.provenance)


def _show_choice(run: RunView, result: GroupHessians) -> None:
    st.header("Number of regions", anchor=False, divider="gray")
    st.markdown(prose(words.choice_sentence(result)))
    st.caption("Similar rows form a region. A dot: how much the ranking changed when one region was added.")
    show_figure(
        "group-choice",
        lambda theme: plots.group_choice(result, theme=theme),
        result.choosing,
        result.provenance,
        alt="How much the ranking changes from one number of regions to the next",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="groups"):
        most = max(result.provenance.rows, result.groups, 1)
        number = st.number_input("Regions", 1, most, result.groups, key=f"groups/{run.id}", width=140)
        if st.button("Use this number", icon=":material/grid_view:", disabled=number == result.groups, key="groups/go"):
            ask_for(run, groups=int(number))


def _show_calibration(result: GroupHessians) -> None:
    st.header("Interval calibration", anchor=False, divider="gray")
    st.markdown(prose(words.calibration_sentence(result) or "Held-out rows were not evaluated."))
    st.caption(
        "The share of held-out rows whose target lies inside the network's interval, by the level of the interval."
    )
    show_figure(
        "interval-calibration",
        lambda theme: plots.interval_calibration(result, theme=theme),
        result.calibration,
        result.provenance,
        alt="Share of held-out rows inside predictive intervals of each level, beside the diagonal",
    )
