"""PyTorch is imported once while the first page is read, and a server that stops in between stops cleanly."""

import subprocess
import sys

from dashboard.components.preload import preload

STOPS_AT_ONCE = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_string("from dashboard.components.preload import preload; preload()").run()
assert not app.exception
print("torch" in sys.modules)
"""


def test_it_is_imported_once():
    thread = preload()
    thread.join(timeout=120)
    assert not thread.is_alive()
    assert "torch" in sys.modules
    assert preload() is thread


def test_a_process_that_ends_during_the_import_ends_well():
    done = subprocess.run([sys.executable, "-c", STOPS_AT_ONCE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Fatal")) == (0, 0), done.stderr
