"""Screens without a model's form stay light: what they import needs no torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIGHT = (
    "components.guards",
    "components.samples",
    "components.sidebar",
    "screens.and_or.and_or",
    "screens.and_or.and_or_figures",
    "screens.and_or.and_or_start",
    "screens.confidence.group_evidence",
    "screens.confidence.group_hessians",
    "screens.confidence.step_sensitivity",
    "screens.data.columns",
    "screens.data.data_view",
    "screens.data.open_table",
    "screens.data.problems",
    "screens.dynamics.dynamics",
    "screens.dynamics.dynamics_start",
    "screens.explain.explain",
    "screens.explain.explain_answers",
    "screens.explain.explain_over_rows",
    "screens.explain.explain_start",
    "screens.explain.explain_values",
    "screens.explain.explain_what_if",
    "screens.higher_order.triple",
    "screens.model.model_export",
    "screens.pairs.pair_map",
    "screens.shapes.accuracy_curves",
    "screens.shapes.compression_panel",
    "screens.shapes.shape_editing",
    "screens.shapes.shape_models",
    "screens.shapes.shape_versions",
    "screens.shapes.shapes",
    "state.current_pair",
)


def test_screens_of_results_import_no_torch():
    imports = ", ".join(f"dashboard.{name}" for name in LIGHT)
    code = f"import sys, {imports}; print([name for name in ('torch', 'distributed') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
