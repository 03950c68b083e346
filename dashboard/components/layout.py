"""Where figures stand on a page."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def side_by_side(key: str, second: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places side by side, or one below the other where the page is too narrow for both.

    Columns would only become narrower, until the labels of their figures overlap. `second` is the width of the second
    place in pixels; the first has what is left.
    """
    with st.container(horizontal=True, gap="medium", key=key):
        return st.container(), st.container(width=second)
