"""What edits, versions and exported files are called."""

import pandas as pd
import pytest

from interaction_engine.methods.additive_models.editing_summary import (
    edit_phrase,
    edits_sentence,
    export_sentence,
    preview_sentence,
    version_phrase,
)
from interaction_engine.models.io.export.exported import Exported
from tests.plots.made import provenance


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"kind": "clip", "high": 60.0}, "`temp`: at most +60 `count`"),
        ({"kind": "clip", "low": -5.0}, "`temp`: at least −5.0 `count`"),
        ({"kind": "clip", "low": 0.0, "high": 60.0}, "`temp`: between 0 and +60 `count`"),
        ({"kind": "flatten", "start": 3.0, "end": 2011.0}, "`temp`: level from 3 to 2011"),
        ({"kind": "flatten", "levels": ["a", "b`c"]}, "`temp`: the same for `a` and `b'c`"),
        ({"kind": "monotone", "direction": "decreasing"}, "`temp`: decreasing throughout"),
        ({"kind": "smooth", "strength": 0.05}, "`temp`: smoothed over 5.0 % of its range"),
        ({"kind": "off", "features": ["hour", "temp"]}, "`hour` and `temp`: left out"),
        ({"kind": "off", "features": list("abcdefg")}, "all 7 features together: left out"),
    ],
)
def test_every_edit_is_told(edit, said):
    assert edit_phrase({"features": ["temp"], **edit}, "count") == said


def test_a_version_is_told_by_its_edits_and_its_metric():
    assert edits_sentence([], "y") == "As it was trained."
    both = [{"features": ["a"], "kind": "off"}, {"features": ["b"], "kind": "monotone", "direction": "increasing"}]
    assert edits_sentence(both, "y") == "`a`: left out; `b`: increasing throughout."
    assert version_phrase({"r2": 0.8613}, {"r2": 0.8571}) == "R² 0.8613 (+0.0042)"
    assert version_phrase({"auc": 0.9, "accuracy": 0.75}, {"accuracy": 0.76}) == "accuracy 0.7500 (−0.0100)"
    assert version_phrase({"r2": 0.5}, {"r2": 0.500001}) == "R² 0.5000 (as before)"
    assert version_phrase({"r2": 0.5}, {}) == "R² 0.5000"
    assert version_phrase({}, {"r2": 0.5}) == "not judged yet"


def test_an_edit_is_priced_before_it_is_made():
    said = preview_sentence(0.8613, 0.8571, "R2", 5000)
    assert said == "This would change R² on 5,000 held-out rows from 0.861 to 0.857."
    assert preview_sentence(0.75, 0.75, "accuracy", 1) == "This would leave accuracy on 1 held-out row as it is: 0.75."


def test_a_file_is_told_by_its_distance():
    file = pd.DataFrame({"format": [".onnx"], "content": [b"x" * 12_345]})
    exported = Exported(
        provenance=provenance(rows=1500), file=file, difference=2e-6, spread=160.0, unit="count", inputs="the table"
    )
    assert export_sentence(exported) == (
        "12.3 kB. On 1,500 held-out rows, the file's scores differ from the model's by 0.0000020 `count` at most; the "
        "scores themselves vary by 160. It takes the table."
    )
