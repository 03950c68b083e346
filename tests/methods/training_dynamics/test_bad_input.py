"""Data that cannot be learnt from is refused in a sentence."""

import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.samples import load_sample
from interaction_engine.methods.training_dynamics.dynamics import dynamics
from interaction_engine.models.adapters.wrapping import wrap
from interaction_engine.models.training.watched_trainer import new_mlp


def test_a_number_has_no_log_odds():
    data = load_sample("F1", rows=50)
    model = wrap(lambda x: x[:, 0], data, takes="array")
    with pytest.raises(InputError, match="need a target of classes"):
        dynamics(model, data)


def test_too_few_rows_and_features():
    frame = pd.DataFrame({"a": range(9), "b": range(9), "y": ["u", "v", "w"] * 3})
    kinds = {"a": Kind.NUMERIC, "b": Kind.NUMERIC}
    few = assemble(frame, name="few", target="y", kinds=kinds)
    with pytest.raises(InputError, match="At least 2 held-out rows"):
        dynamics(new_mlp(few, (3,), 0), few)
    frame = pd.concat([frame, frame.iloc[:2]], ignore_index=True)
    more = assemble(frame, name="more", target="y", kinds=kinds)
    assert len(more.held_out_rows) == 2
    with pytest.raises(InputError, match="at least 10 training rows; got 9"):
        dynamics(new_mlp(more, (3,), 0), more, epochs=1)
    one = assemble(frame, name="one", target="y", kinds={"a": Kind.NUMERIC})
    with pytest.raises(InputError, match="at least 2 features"):
        dynamics(new_mlp(one, (3,), 0), one)
