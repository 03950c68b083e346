"""Data: open a table, see what is in it and what is wrong with it, and settle what is predicted from what."""

import streamlit as st

from dashboard.components.failures import explained
from dashboard.components.text import name, plain
from dashboard.screens.data.columns import edit_columns
from dashboard.screens.data.data_view import show_data
from dashboard.screens.data.open_table import choose_source
from dashboard.screens.data.outcome import choose_target, look_at_column
from dashboard.screens.data.problems import settle_problems
from dashboard.state import draft as drafts
from dashboard.state.state import dataset, go, select, selection

st.title("Data", anchor=False)
current = selection()

if current.draft:
    with explained():
        draft = drafts.stored(current.draft)
        table = drafts.table_of(draft)
        inspection = drafts.inspection_of(draft)

        st.header(f"{name(draft.name)}: {len(table.frame):,} rows, {len(table.names):,} columns", anchor=False)
        st.caption(plain(table.source) + (f" **{plain(table.sampling.sentence)}**" if table.sampling else ""))
        choose_target(draft, inspection)

        st.subheader("Needs attention", anchor=False)
        if not inspection.problems:
            st.caption(":material/check_circle: Nothing: every column can be used as it is.")
        ready = settle_problems(draft, inspection)

        st.subheader("Columns", anchor=False)
        st.caption("Change a role or a kind by clicking its cell.")
        edit_columns(draft, inspection)
        look_at_column(inspection)

        with st.container(horizontal=True, key="draft-buttons"):
            use = st.button("Use these data", type="primary", icon=":material/check:", disabled=not ready)
            if st.button("Discard", icon=":material/close:", help="Your choices are kept with the file."):
                select(draft=None)
                st.rerun()
        if not ready:
            st.caption("One of the points above needs your choice first.")
        if use:
            with explained(), st.spinner("Making the data set"):
                select(data=drafts.build(draft), draft=None)
                st.rerun()
elif current.data:
    with explained():
        show_data(current.data, dataset(current.data))
        with st.container(horizontal=True, key="data-buttons"):
            if st.button("Go on to the model", type="primary", icon=":material/arrow_forward:"):
                go("model")
            if drafts.is_stored(current.data) and st.button("Change columns or remedies", icon=":material/tune:"):
                select(draft=drafts.known(current.data).id)
                st.rerun()

st.header("Another table" if current.draft or current.data else "Table to open", anchor=False, divider="gray")
choose_source()
