"""Start: processor seconds until a command, a client or a page has done its work, in fresh processes.

Processor time is measured, not wall time: other work on the machine hardly changes it. Pages are run by Streamlit's
`AppTest` on an empty home folder, as a server runs them for a first visitor; what a browser does is not counted.
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
app = AppTest.from_file("app.py", default_timeout=60)
app.run()
if {page!r} != "start":
    began = time.process_time()
    app.switch_page("pages/{page}.py").run()
    print(time.process_time() - began)
"""

COMMANDS = {
    "import interaction_engine.runs.client": (["-c", "import interaction_engine.runs.client"], 0.4),
    "list the methods": (["-m", "interaction_engine", "methods"], 0.3),
    "a command line with bad input": (["-m", "interaction_engine", "detect", "ucb", "no-such-file.csv"], 1.5),
    "the first page": (["-c", PAGE.format(page="start")], 1.5),
}
"""What is started, and the goal in seconds of processor time."""

PAGES = {"model": 1.0, "detect": 1.0, "pairs": 0.5, "data": 0.5, "confidence": 0.5, "shapes": 0.5}
"""First visits of pages after the first, and their goals."""


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


def main() -> None:
    options: argparse.ArgumentParser = parser(__doc__ or "")
    options.add_argument("--turns", type=int, default=5, help="processes started for each figure; the median counts")
    asked = options.parse_args()
    turns, began, lines = (2 if asked.quick else asked.turns), time.perf_counter(), []
    with TemporaryDirectory() as home:
        for claim, (arguments, goal) in COMMANDS.items():
            found = median(spent(arguments, home)[0] for _ in range(turns))
            lines.append(_line(claim, found, goal))
        for page, goal in PAGES.items():
            printed = [spent(["-c", PAGE.format(page=page)], home)[1] for _ in range(turns)]
            lines.append(_line(f"first visit of {page}", median(float(text.split()[-1]) for text in printed), goal))
    publish("startup", lines, time.perf_counter() - began, asked.out)


def _line(claim: str, seconds: float, goal: float) -> Line:
    return Line(claim, f"{seconds:.2f} s", f"<= {goal:g} s", seconds <= goal, {"seconds": seconds})


if __name__ == "__main__":
    main()
