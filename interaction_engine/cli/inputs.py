"""The table and the model that a command line names: their flags, and what these load."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.types import ColumnRole, Kind, Model, TargetKind
from ..data.dataset import Dataset
from ..data.io.reading import read_dataset
from ..data.samples import load_sample
from ..data.words import word_columns
from ..methods.networks.registration import ENSEMBLE, WORDS
from . import SAMPLE

READING = {
    "encoding": "of a text file, as utf-16 or latin-1",
    "delimiter": "of a text file; default: found out",
    "decimal": "the decimal mark",
    "sheet": "of an Excel file",
    "max_rows": "read a random sample of at most so many rows",
}
"""Arguments of `read_dataset` that are flags of the same name."""

KINDS = tuple(kind.value for kind in Kind)
"""Flags that name columns and say how they are read."""

SAMPLING = {"rows": "how many of its rows", "noise": "noise on a synthetic target", "seed": "draws its rows and noise"}
"""Arguments of `load_sample`, as flags `--sample-...`."""

DEFAULT, FOR_TEXT = ENSEMBLE.name, WORDS.name
"""Trained when no model is named: two networks cost little more than one, and their own noise cancels; for data with a
text column one that is made for words."""

TYPES = {"max_rows": int, "rows": int, "noise": float, "seed": int}


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """DATA and how it is read."""
    help_text = f"CSV, TSV, Parquet, Feather or Excel, or {SAMPLE}NAME (see `samples`)"
    parser.add_argument("data", metavar="DATA", help=help_text)
    group = parser.add_argument_group("how the table is read")
    group.add_argument("--target", metavar="COLUMN", help="the column to predict")
    group.add_argument(
        "--target-kind", choices=[kind.value for kind in TargetKind], help="default: judged by its values"
    )
    group.add_argument("--target-transform", choices=["none", "log1p"], help="log1p predicts log(1 + target)")
    columns = {
        "ignore": "leave out",
        "numeric": "read as a number",
        "categorical": "read as a level",
        "text": "split into words",
    }
    for name, meaning in columns.items():
        group.add_argument(
            f"--{name}", metavar="COLUMN", action="append", default=[], help=f"{meaning} (can be repeated)"
        )
    for name, meaning in READING.items():
        _add(group, f"--{name.replace('_', '-')}", name, meaning)
    for name, meaning in SAMPLING.items():
        _add(group, f"--sample-{name}", name, f"of a sample: {meaning}")


def read_data(options: argparse.Namespace) -> Dataset:
    """The data set that the flags describe; `InputError` for flags that do not apply to it."""
    given = vars(options)
    transform = {} if options.target_transform is None else {"target_transform": options.target_transform}
    if options.data.startswith(SAMPLE):
        names = ("target_kind", "ignore", *KINDS, *READING)
        _refuse(given, names, f"`{options.data}` comes with its columns settled")
        chosen = {name: given[f"sample_{name}"] for name in SAMPLING if given[f"sample_{name}"] is not None}
        data = load_sample(options.data.removeprefix(SAMPLE), **chosen, **transform)
        if options.target not in (None, data.target.name):
            raise InputError(
                f"The target of `{options.data}` is `{data.target.name}`; got `{options.target}`. Leave `--target` out."
            )
        return data
    _refuse(given, [f"sample_{name}" for name in SAMPLING], f"`{options.data}` is no sample")
    reading = {name: given[name] for name in (*READING, "target_kind") if given[name] is not None}
    return read_dataset(
        options.data,
        target=options.target,
        roles=dict.fromkeys(options.ignore, ColumnRole.IGNORED),
        kinds={column: Kind(kind) for kind in KINDS for column in given[kind]},
        **reading,
        **transform,
    )


def add_model_flags(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """`--model` and, when it names a trainer, that one's options as `--train-...`."""
    from ..methods.registry import METHODS, of_role
    from .flags import add_flags

    trainers = [trainer.name for trainer in of_role("trainer")]
    choices = f"train one here ({', '.join(trainers)}), or a model file, or a folder that `train --out` wrote"
    group = parser.add_argument_group("the model")
    group.add_argument(
        "--model",
        metavar="MODEL",
        help=f"{choices}; default: a sample's own network, else {DEFAULT} ({FOR_TEXT} for texts)",
    )
    group.add_argument("--trust", action="store_true", help="open a .pt2 file, which can run code of its author's")
    group.add_argument("--class", dest="class_name", metavar="CLASS", help="the class whose log-odds are explained")
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--model", nargs="?", default=DEFAULT)
    named = early.parse_known_args(arguments)[0].model
    if named in trainers:
        add_flags(parser, METHODS[named], prefix="train")


def read_model(data: Dataset, options: argparse.Namespace, seed: int, **context: Any) -> Model:
    """The model that the flags name: trained now (with `seed` unless `--train-seed` says otherwise), or loaded.

    `context` (compute, report) goes to the training.
    """
    from ..api import sample_model, train
    from ..methods.registry import METHODS
    from ..models.io.loading import load_model
    from .flags import given_flags

    index = _class_index(data, options.class_name)
    name = options.model
    if name is None and options.data.startswith(SAMPLE):
        model = sample_model(options.data.removeprefix(SAMPLE), data)
    elif name is None or (name in METHODS and METHODS[name].role == "trainer"):
        trainer = METHODS[name or (FOR_TEXT if word_columns(data.space) else DEFAULT)]
        _refuse_unknown(options, trainer)
        given = {"seed": seed} | given_flags(options, trainer, prefix="train")
        model = train(data, trainer.name, **given, **context)
    else:
        return load_model(_model_file(name), data, trust=options.trust, class_index=index)
    of_class = getattr(model, "for_class", None)
    return of_class(index) if index is not None and of_class is not None else model


def unasked_model(data: Dataset) -> Model:
    """What stands in the place of a model where a method brings its own: 0 for every row."""
    import numpy as np

    from ..models.adapters.wrapping import wrap

    return wrap(lambda rows: np.zeros((len(rows), max(1, len(data.target.classes)))), data)


def _refuse_unknown(options: argparse.Namespace, trainer: Any) -> None:
    """Raise for a `--train-...` flag of the usual training where the data have another one trained."""
    given = [name.removeprefix("option_train_") for name in vars(options) if name.startswith("option_train_")]
    for name in given:
        if name not in trainer.options.model_fields:
            raise InputError(
                f"`--train-{name.replace('_', '-')}` is no option of `{trainer.name}`, which is trained for a text; "
                "leave it out, or name another `--model`."
            )


def _model_file(name: str) -> Path:
    """The model file of `--model`: itself, or the network in the folder that `train --out` wrote."""
    path = Path(name)
    if not path.exists():
        from ..methods.registry import of_role

        known = ", ".join(f"`{trainer.name}`" for trainer in of_role("trainer"))
        raise InputError(f"`--model` must be {known}, or a model file that exists; got `{name}`.")
    if not path.is_dir():
        return path
    networks = sorted(path.glob("*.safetensors"))
    if len(networks) != 1:
        raise InputError(
            f"`--model` must hold one network (.safetensors) when it is a folder; `{name}` holds {len(networks)}."
        )
    return networks[0]


def _add(group: Any, flag: str, name: str, meaning: str) -> None:
    kind = TYPES.get(name, str)
    metavar = {int: "N", float: "X", str: "TEXT"}[kind]
    group.add_argument(flag, metavar=metavar, type=kind, help=meaning)


def _refuse(given: dict[str, Any], names: Sequence[str], reason: str) -> None:
    """Raise for the first of `names` that was given although it cannot apply."""
    for name in names:
        if given[name] not in (None, []):
            raise InputError(f"{reason}; leave `--{name.replace('_', '-')}` out.")


def _class_index(data: Dataset, name: str | None) -> int | None:
    classes = data.target.classes
    if name is None or name in classes:
        return None if name is None else classes.index(name)
    known = f"one of {', '.join(f'`{c}`' for c in classes[:20])}" if classes else "left out, as the target is a number"
    raise InputError(f"`--class` of `{data.target.name}` must be {known}; got `{name}`.")
