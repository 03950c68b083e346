"""Fragments that a timer draws again, without ever drawing over another part of the page.

Two habits of Streamlit make the browser give up the connection otherwise ("Bad delta path index", "'setIn' cannot be
called on an ElementNode"). When a timer fires before the server has sent what the page drew, it drops what the fragment
drew and keeps what follows. And it forgets the fragments of an earlier run of the page only when the page is run to its
end: after `st.stop` or `st.rerun`, a timer on its way still draws where they once stood.
"""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Arguments = ParamSpec("Arguments")


def draw(fragment: Callable[Arguments, None], *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
    """Draw a fragment in a container of the page, which holds its place."""
    with st.container():
        fragment(*args, **kwargs)


def forget_earlier() -> None:
    """Forget the fragments of earlier runs; called when a run of the page begins, before it draws any."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        context.fragment_storage.clear()
