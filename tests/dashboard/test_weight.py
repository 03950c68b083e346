"""Screens without a model's form stay light: what they import needs no torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIGHT = (
    "accuracy_curves",
    "and_or",
    "and_or_figures",
    "and_or_start",
    "columns",
    "compression_panel",
    "current_pair",
    "data_view",
    "dynamics",
    "dynamics_start",
    "explain",
    "explain_answers",
    "explain_over_rows",
    "explain_start",
    "explain_values",
    "explain_what_if",
    "group_evidence",
    "group_hessians",
    "guards",
    "opening",
    "pair_map",
    "problems",
    "samples",
    "model_export",
    "shape_editing",
    "shape_models",
    "shape_versions",
    "shapes",
    "sidebar",
    "step_sensitivity",
    "triple",
)


def test_screens_of_results_import_no_torch():
    imports = ", ".join(f"dashboard.{name}" for name in LIGHT)
    code = f"import sys, {imports}; print([name for name in ('torch', 'distributed') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
