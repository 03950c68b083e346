"""The data set: coordinates, split, statistics, identity, storage."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from interaction_engine.core.errors import InputError
from interaction_engine.core.types import Kind, TargetKind
from interaction_engine.data.cleaning.remedies import Remedy
from interaction_engine.data.dataset import Dataset
from interaction_engine.data.io.reading import read_dataset


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "size": generator.normal(5, 2, 100),
            "colour": generator.choice(["red", "green", "blue"], 100),
            "rooms": generator.integers(1, 6, 100),
            "price": generator.uniform(1, 9, 100),
        }
    )


@pytest.fixture
def data(frame) -> Dataset:
    return read_dataset(frame, target="price")


def test_rows_hold_numbers_and_level_indices(data, frame):
    assert data.space.names == ("size", "colour", "rooms")
    assert data.space.features[1].levels == ("blue", "green", "red")
    assert data.rows.dtype == np.float64
    np.testing.assert_array_equal(data.rows[:, 0], frame["size"])
    np.testing.assert_array_equal(data.rows[:, 1], frame["colour"].map({"blue": 0, "green": 1, "red": 2}))
    np.testing.assert_array_equal(data.target_values, frame["price"])


def test_the_statistics_are_those_of_the_training_rows(data, frame):
    train = frame["size"].to_numpy()[data.train_rows]
    assert data.space.features[0].mean == pytest.approx(train.mean())
    assert data.space.features[0].scale == pytest.approx(train.std())


def test_few_whole_numbers_are_discrete_and_others_are_not(data):
    assert {feature.name: feature.discrete for feature in data.space.features} == {
        "size": False,
        "colour": False,
        "rooms": True,
    }


def test_a_fifth_of_the_rows_is_held_out_always_the_same(data, frame):
    assert len(data.held_out_rows) == 20
    assert sorted([*data.held_out_rows, *data.train_rows]) == list(range(100))
    np.testing.assert_array_equal(data.split, read_dataset(frame, target="price").split)


def test_background_draws_training_rows_without_replacement(data):
    drawn = data.background(1000, seed=1)
    train = data.rows[data.train_rows]
    assert sorted(map(tuple, drawn)) == sorted(map(tuple, train))
    np.testing.assert_array_equal(data.background(7, seed=1), drawn[:7])
    assert (data.background(7, seed=2) != drawn[:7]).any()
    with pytest.raises(InputError, match="at least 1 row; got 0"):
        data.background(0, seed=0)


def test_rows_survive_decoding_and_encoding(data):
    np.testing.assert_array_equal(data.encode_frame(data.decode_rows(data.rows)), data.rows)


def test_mean_and_median_take_the_most_frequent_level(data):
    train = data.rows[data.train_rows]
    assert data.mean()[0] == pytest.approx(train[:, 0].mean())
    assert data.median()[2] == np.median(train[:, 2])
    assert data.mean()[1] == data.median()[1] == np.bincount(train[:, 1].astype(int)).argmax()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"colour": "mauve"}, r"`colour` must hold one of its 3 levels \('blue', 'green', 'red'\); got 'mauve'"),
        ({"size": "big"}, "`size` must hold numbers; got 'big'"),
        ({"size": np.inf}, "`size` must hold finite numbers; row 1 has none"),
        ({"rooms": np.nan}, "`rooms` must hold finite numbers"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_by_column(data, frame, change, sentence):
    with pytest.raises(InputError, match=sentence):
        data.encode_frame(frame.assign(**change))


def test_a_frame_without_a_feature_is_refused(data, frame):
    with pytest.raises(InputError, match=r"lacks 1 of the 3 features \(`colour`\)"):
        data.encode_frame(frame.drop(columns="colour"))


def test_storage_keeps_everything(data, tmp_path):
    data.save(tmp_path / "stored")
    loaded = Dataset.load(tmp_path / "stored")
    pd.testing.assert_frame_equal(loaded.frame, data.frame)
    assert (loaded.space, loaded.target, loaded.name) == (data.space, data.target, data.name)
    assert (loaded.sampling, loaded.remedies, loaded.source, loaded.truth) == (None, (), data.source, None)
    assert loaded.content_hash == data.content_hash
    assert {path.suffix for path in (tmp_path / "stored").iterdir()} == {".parquet", ".json"}


def test_loading_what_is_no_data_set_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no data set"):
        Dataset.load(tmp_path)


def test_the_content_hash_is_the_same_in_another_process(data, tmp_path):
    data.save(tmp_path)
    code = f"from interaction_engine.data import Dataset; print(Dataset.load({str(tmp_path)!r}).content_hash)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == data.content_hash


def test_any_change_of_values_names_or_target_changes_the_content_hash(data, frame):
    changed = frame.copy()
    changed.loc[3, "size"] += 1e-9
    others = [
        read_dataset(changed, target="price"),
        read_dataset(frame.rename(columns={"size": "area"}), target="price"),
        read_dataset(frame, target="price", target_transform="log1p"),
        read_dataset(frame, target="size"),
    ]
    assert len({data.content_hash, *(other.content_hash for other in others)}) == 5


def test_log1p_is_applied_to_the_values_and_not_to_the_frame(frame):
    data = read_dataset(frame, target="price", target_transform="log1p")
    np.testing.assert_allclose(data.target_values, np.log1p(frame["price"]))
    np.testing.assert_array_equal(data.frame["price"], frame["price"])


def test_arrays_handed_out_cannot_be_changed(data):
    with pytest.raises(ValueError, match="read-only"):
        data.rows[0, 0] = 1.0


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        (["no", "yes"] * 10, TargetKind.BINARY, ("no", "yes")),
        ([0, 1] * 10, TargetKind.BINARY, ("0", "1")),
        ([True, False] * 10, TargetKind.BINARY, ("false", "true")),
        (["a", "b", "c", "d"] * 5, TargetKind.MULTICLASS, ("a", "b", "c", "d")),
        ([1, 2, 3, 4] * 5, TargetKind.REGRESSION, ()),
    ],
)
def test_the_kind_of_target_is_inferred(values, kind, classes):
    data = read_dataset(pd.DataFrame({"x": np.arange(20) % 7, "y": values}), target="y")
    assert (data.target.kind, data.target.classes) == (kind, classes)
    if classes:
        assert [data.target.classes[int(index)] for index in data.target_values] == data.frame["y"].tolist()


def test_the_kind_of_target_can_be_chosen():
    frame = pd.DataFrame({"x": np.arange(22) % 7, "y": [10, 9, *range(20)]})
    assert read_dataset(frame, target="y", target_kind="multiclass").target.classes == tuple(map(str, range(20)))


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([1, 2, 3, 4] * 5, {"target_kind": "binary"}, "binary target needs 2 classes; `y` has 4"),
        (["a", "b", "c", "d"] * 5, {"target_kind": "regression"}, "`y` must hold numbers"),
        ([1, 2, 3, 4] * 5, {"target_kind": "ordinal"}, "must be one of regression, binary, multiclass; got 'ordinal'"),
        ([-1.0, 2, 3, 4] * 5, {"target_transform": "log1p"}, "`log1p` needs a target above -1; `y` goes down to -1"),
        ([1, 2, 3, 4] * 5, {"target_transform": "sqrt"}, 'must be "none" or "log1p"; got \'sqrt\''),
        (["a", "b"] * 10, {"target_transform": "log1p"}, "classes such as `y`"),
        ([f"c{i}" for i in range(60)] * 2, {}, "up to 50 classes; `y` has 60"),
    ],
)
def test_a_target_that_does_not_fit_is_refused(values, options, sentence):
    frame = pd.DataFrame({"x": np.arange(len(values)) % 7, "y": values})
    with pytest.raises(InputError, match=sentence):
        read_dataset(frame, target="y", **options)


def test_a_feature_that_does_not_vary_in_training_has_scale_one():
    frame = pd.DataFrame({"x": np.zeros(20), "z": np.arange(20.0), "y": np.arange(20.0)})
    held_out = read_dataset(frame, target="y", roles={"x": "feature"}).held_out_rows
    frame.loc[held_out[0], "x"] = 5.0
    assert read_dataset(frame, target="y").space.features[0].scale == 1.0


def test_a_remedy_of_unknown_action_is_refused():
    with pytest.raises(InputError, match=r"must be one of .*drop_rows.*; got 'explode'"):
        Remedy("x", "explode")


def test_a_number_read_as_categories_has_its_levels_in_order():
    frame = pd.DataFrame({"month": [10, 9, 2, 1] * 5, "y": np.arange(20.0)})
    data = read_dataset(frame, target="y", kinds={"month": "categorical"})
    assert data.space.features[0].kind is Kind.CATEGORICAL
    assert data.space.features[0].levels == ("1", "2", "9", "10")
    np.testing.assert_array_equal(data.encode_frame(frame), data.rows)
