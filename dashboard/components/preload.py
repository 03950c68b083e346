"""PyTorch imported while the first page is being read, so that the forms of models and methods need not wait for it."""

from importlib import import_module
from threading import Thread

import streamlit as st


@st.cache_resource(show_spinner=False)
def preload() -> Thread:
    """Begin the import, once in the life of the server.

    Nothing of ours is imported here: two threads that import the same modules wait for each other, and `torch`, which
    imports none of ours, is where the time goes.
    """
    thread = Thread(target=import_module, args=("torch",), name="preload", daemon=True)
    thread.start()
    return thread
