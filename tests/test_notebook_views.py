"""How results, data sets and models look in a notebook: short, and with every name as text."""

import numpy as np
import pandas as pd
import pytest

import interaction_engine as ie

NASTY = "<script>alert('a & b')</script>"


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).normal(size=(60, 6))
    names = [NASTY, *"bcdef"]
    return ie.read_dataset(pd.DataFrame(x, columns=names).assign(y=x[:, 0] * x[:, 1]), target="y", name="made")


def test_a_result_states_what_it_is_and_how_many_findings_it_has(data):
    model = ie.wrap(lambda rows: rows[:, 0] * rows[:, 1], data, takes="array", name="product")
    result = ie.detect("exact", model, data, top_k=1, second_opinion=False)
    assert repr(result).startswith(
        f"PairInteractions({result.provenance.title} of product on made: 15 rows, 1 certified, 14 excluded, "
    )
    shown = result._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(" in shown
    assert shown.count("<tr") == 1 + 10
    assert "5 more rows." in shown


def test_a_data_set_states_its_size_and_its_outcome(data):
    assert repr(data) == "Dataset('made', 48 training and 12 held-out rows, 6 features -> 'y' (regression))"
    assert "<script>" not in data._repr_html_()


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("mlp", "Mlp('mlp', 6 features -> 'y' (regression), "),
        ("ensemble", "2 x Mlp('ensemble', 6 features -> 'y' (regression), "),
        ("linear", "TermModel('linear', 6 features -> 'y' (regression), "),
    ],
)
def test_a_model_states_its_kind_and_size_and_none_of_its_weights(data, kind, start):
    options = {"linear": {}, "mlp": {"epochs": 1}, "ensemble": {"epochs": 1, "members": 2}}[kind]
    shown = repr(ie.train(data, kind, **options))
    assert shown.startswith(start)
    assert shown.endswith(" parameters, cpu)")
    assert len(shown) < 120


def test_a_wrapped_function_has_no_parameters_to_count(data):
    model = ie.wrap(lambda rows: rows[:, 0], data, takes="array", name="first")
    assert repr(model) == "BlackBox('first', 6 features -> 'y' (regression), cpu)"
