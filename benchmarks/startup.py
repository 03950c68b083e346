"""Start: processor seconds until a command, a client or a page has done its work, in fresh processes.

Processor time is measured, not wall time: other work on the machine hardly changes it. Pages are run by Streamlit's
`AppTest`: the first on an empty home folder, the others with data, a model and a finished detection of a sample on
screen. What a browser does is not counted, nor what a worker computes for a page.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.harness import Line, parser, publish

ROOT = Path(__file__).parents[1]

PAGE = """
import time
from streamlit.testing.v1 import AppTest
from streamlit.runtime.pages_manager import PagesManager
from interaction_engine.runs.client import Atlas
Atlas.ensure_runner = lambda self: None
begin = PagesManager.__init__
def begin_with_navigation(self, *arguments, **options):
    begin(self, *arguments, **options)
    PagesManager.uses_pages_directory = False  # AppTest forgets that the app navigates by itself
PagesManager.__init__ = begin_with_navigation
app = AppTest.from_file("app.py", default_timeout=60)
app.query_params.update({query!r})
app.run()
if {page!r} != "start":
    time.sleep({pause})
    began = time.process_time()
    app.switch_page("pages/{page}.py")
    app.query_params.update({query!r})
    app.run()
    assert not app.exception, app.exception
    print(time.process_time() - began)
"""

COMMANDS = {
    "import interaction_engine.runs.client": (["-c", "import interaction_engine.runs.client"], 0.4),
    "list the methods": (["-m", "interaction_engine", "methods"], 0.3),
    "a command line with bad input": (["-m", "interaction_engine", "detect", "ucb", "no-such-file.csv"], 1.5),
    "the first page": (["-c", PAGE.format(page="start", query={}, pause=0)], 1.5),
}
"""What is started, and the goal in seconds of processor time."""

PAGES = {"model": 1.0, "detect": 1.0, "pairs": 0.5, "data": 0.5, "confidence": 0.5, "shapes": 0.5}
"""First visits of pages after the first, and their goals."""

PAUSE = 3.0
"""Seconds for which the first page is read; in these, the server imports PyTorch (`dashboard.components.preload`)."""


def spent(arguments: list[str], home: str) -> tuple[float, str]:
    """Processor seconds of a Python process, children included, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"ATLAS_HOME": home, "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def filled(home: Path) -> dict[str, str]:
    """Put a sample, its network and an exact detection into a home folder; what an address names of them."""
    import interaction_engine as ie
    from interaction_engine.models.checking import check_model
    from interaction_engine.runs.specification import Specification
    from interaction_engine.runs.store import Store

    store, data = Store(home), ie.load_sample("bike")
    model = ie.sample_model("bike", data)
    data_id = store.put_dataset(data)
    model_id = store.put_model(model, data_id)
    options: dict[str, object] = {"top_k": 10, "background": 500}
    run = Specification(kind="detect", method="exact", options=options, data=data_id, model=model_id)
    store.put_specification(run)
    check = Specification(kind="check", method="check", data=data_id, model=model_id)
    store.put_specification(check)
    store.put_result(check.run_id, check_model(model, data, model_id))
    store.put_result(run.run_id, ie.detect("exact", model, data, top_k=10, background=500, second_opinion=False))
    return {"data": data_id, "model": model_id, "training": check.run_id, "run": run.run_id}


def main() -> None:
    options: argparse.ArgumentParser = parser(__doc__ or "")
    options.add_argument("--turns", type=int, default=5, help="processes started for each figure; the median counts")
    asked = options.parse_args()
    turns, began, lines = (2 if asked.quick else asked.turns), time.perf_counter(), []
    with TemporaryDirectory() as home:
        for claim, (arguments, goal) in COMMANDS.items():
            found = median(spent(arguments, home)[0] for _ in range(turns))
            lines.append(_line(claim, found, goal))
        query = filled(Path(home))
        for page, goal in PAGES.items():
            # the Detect page shows a form where no detection is on screen
            shown = {name: one for name, one in query.items() if page != "detect" or name != "run"}
            printed = [spent(["-c", PAGE.format(page=page, query=shown, pause=PAUSE)], home)[1] for _ in range(turns)]
            claim = f"first visit of {page}, {PAUSE:g} s after the first page"
            lines.append(_line(claim, median(float(text.split()[-1]) for text in printed), goal))
    publish("startup", lines, time.perf_counter() - began, asked.out)


def _line(claim: str, seconds: float, goal: float) -> Line:
    return Line(claim, f"{seconds:.2f} s", f"<= {goal:g} s", seconds <= goal, {"seconds": seconds})


if __name__ == "__main__":
    main()
