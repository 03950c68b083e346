"""The command line: `python -m interaction_engine samples|methods|train|detect|show|runner|answer`.

Exit codes: 0 done; 2 input that cannot be used, one sentence on standard error; 1 a method or a run that failed.
A method's flags are its options (flags.py); the table and the model come from inputs.py, output from terminal.py.
Only the commands that compute import torch.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError, InteractionError, no_file
from . import SAMPLE
from .terminal import TerminalReport, printable

if TYPE_CHECKING:
    from ..core.result import Result
    from ..data.dataset import Dataset

PROGRAM = "interaction_engine"


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are sentences like everybody else's, and which never guesses at a flag."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message: str) -> Any:
        """Raise the mistake as a sentence instead of leaving the program."""
        raise InputError(f"{message[0].upper()}{message[1:].rstrip('.')}; `{self.prog} --help` lists what there is.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]  # a terminal that lacks a letter
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except SystemExit as end:  # argparse's own, after --help
        return int(end.code or 0)
    except InputError as problem:
        return _complain(str(problem), 2)
    except InteractionError as problem:
        return _complain(str(problem), 1)
    except KeyboardInterrupt:
        return _complain("Stopped; no result was written.", 1)
    except BrokenPipeError:  # who reads our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        where = f" (`{problem.filename}`)" if problem.filename else ""
        return _complain(f"A file could not be read or written: {problem.strerror or problem}{where}.", 1)
    except Exception as problem:  # a defect, of ours or of a library: still a sentence
        return _complain(f"The command failed with {type(problem).__name__}: {problem}", 1)


def _run(arguments: list[str]) -> int:
    about = "Which features of a model act together, how strongly, and how sure that is."
    parser = Parser(prog=PROGRAM, description=about)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for name, (summary, _) in COMMANDS.items():
        commands.add_parser(name, help=summary, add_help=False)
    command = parser.parse_args(arguments[:1]).command
    return COMMANDS[command][1](arguments[1:])


def _complain(sentence: str, code: int) -> int:
    print(printable(" ".join(sentence.split())), file=sys.stderr)
    return code


# The commands


def samples(arguments: list[str]) -> int:
    """List the sample data sets."""
    parser = _parser("samples")
    _add_json(parser)
    options = parser.parse_args(arguments)
    from ..data.samples import SAMPLES

    if options.json:
        keys = ("name", "title", "description", "rows", "target", "question", "source", "licence")
        from .results import print_json

        print_json([{key: getattr(sample, key) for key in keys} for sample in SAMPLES.values()])
        return 0
    for name, sample in SAMPLES.items():
        print(f"sample:{name:<11} {sample.rows:>7,} rows  {sample.title}: {sample.description}")
    return 0


def methods(arguments: list[str]) -> int:
    """List the methods."""
    parser = _parser("methods")
    parser.add_argument("method", metavar="METHOD", nargs="?", help="show the options of this one")
    _add_json(parser)
    options = parser.parse_args(arguments)
    from ..methods.registry import method, of_role

    chosen = (method(options.method),) if options.method else of_role("trainer", "detector", "study")
    if options.json:
        keys = ("name", "title", "role", "summary", "source", "family")
        cards = [{key: getattr(m, key) for key in keys} | {"needs": sorted(m.needs)} for m in chosen]
        schemas = [m.options.model_json_schema()["properties"] for m in chosen]
        from .results import print_json

        print_json([card | {"options": schema} for card, schema in zip(cards, schemas, strict=True)])
        return 0
    for m in chosen:
        print(f"{m.name:<10} {m.role:<9} {m.title}: {m.summary}")
    if options.method:
        from .flags import describe, usage

        print(f"Source: {chosen[0].source}")
        for name, field in chosen[0].options.model_fields.items():
            print(f"  {usage(name, field)}\n      {describe(field)}")
    return 0


def train(arguments: list[str]) -> int:
    """Train a model and save it."""
    from .flags import given_flags
    from .inputs import add_data_flags, read_data

    chosen, parser = _method_parser("train", arguments, "trainer")
    add_data_flags(parser)
    _add_computing(parser, out="write the model and the report on it into this folder, and into `shapes` its terms")
    options = parser.parse_args(arguments)
    settings = chosen.read_options(given_flags(options, chosen))
    folder = _output_folder(options.out)
    data = read_data(options)
    from ..api import train as train_model
    from ..core.types import Capability
    from ..methods.additive_models.shapes import shapes
    from ..models.adapters.forest import Forest, save_forest
    from ..models.checking import check_model
    from ..models.io.stored.files import Network, save_network

    with TerminalReport() as report:
        model = train_model(data, chosen.name, **settings, compute=_compute(options), report=report)
    if folder is not None and isinstance(model, Network):
        save_network(model, folder / chosen.name)
    elif folder is not None and isinstance(model, Forest):
        save_forest(model, folder / chosen.name)
    if folder is not None and Capability.TERMS in model.capabilities:
        _save(shapes(model, data), _output_folder(str(folder / "shapes")) or folder)
    return _deliver(check_model(model, data, format=chosen.name), options, folder, data)


def detect(arguments: list[str]) -> int:
    """Run a detection and print or save its result."""
    from .flags import given_flags
    from .inputs import add_data_flags, add_model_flags, read_data, read_model, unasked_model

    chosen, parser = _method_parser("detect", arguments, "detector", "study")
    add_data_flags(parser)
    needs_model = chosen.role == "detector"
    if needs_model:
        add_model_flags(parser, arguments)
    _add_computing(parser, out="write the result into this folder")
    options = parser.parse_args(arguments)
    settings = chosen.read_options(given_flags(options, chosen))
    folder = _output_folder(options.out)
    data = read_data(options)
    from ..api import detect as detect_interactions

    with TerminalReport() as report:
        surroundings = {"compute": _compute(options), "report": report}
        model = None
        if needs_model:
            needed = options.model is not None or settings.get("folder") is None
            model = read_model(data, options, seed=settings["seed"], **surroundings) if needed else unasked_model(data)
        result = detect_interactions(chosen.name, model, data, **settings, **surroundings)
    return _deliver(result, options, folder, data)


def show(arguments: list[str]) -> int:
    """Print a saved result."""
    parser = _parser("show")
    parser.add_argument("folder", metavar="FOLDER", help="what `--out` or `result.save` wrote")
    _add_json(parser)
    options = parser.parse_args(arguments)
    from ..methods.results import load_result

    return _deliver(load_result(options.folder), options)


def runner(arguments: list[str]) -> int:
    """Run stored runs until it is stopped."""
    from ..runs.runner import main as serve

    return serve(arguments)


def answer(arguments: list[str]) -> int:
    """Answer questions about single rows until it is stopped."""
    from ..runs.prediction_server.server import main as serve

    return serve(arguments)


COMMANDS: dict[str, tuple[str, Callable[[list[str]], int]]] = {
    "samples": ("list the data sets that come with the atlas", samples),
    "methods": ("list the methods, or the options of one", methods),
    "train": ("train a model on a table", train),
    "detect": ("find the interactions of a model", detect),
    "show": ("print a saved result", show),
    "runner": ("serve the runs of the dashboard, which starts it when needed", runner),
    "answer": ("answer questions of the dashboard about single rows, which starts it when needed", answer),
}


# What the commands share


def _parser(command: str, word: str = "") -> Parser:
    summary = COMMANDS[command][0]
    return Parser(prog=f"{PROGRAM} {command} {word}".strip(), description=f"{summary[0].upper()}{summary[1:]}.")


def _method_parser(command: str, arguments: list[str], *roles: str) -> tuple[Any, Parser]:
    """The method that the first word names, and a parser with the flags of its options."""
    from ..methods.registry import method, of_role
    from .flags import add_flags

    if not arguments or arguments[0].startswith("-"):
        names = ", ".join(one.name for one in of_role(*roles))
        parser = _parser(command)
        parser.add_argument("method", metavar="METHOD", help=f"{names}; `{command} METHOD --help` lists the flags")
        parser.parse_args(arguments)
    chosen = method(arguments[0], *roles)
    if not {"-h", "--help"} & set(arguments):
        _check_exists(*arguments[1:2])
    parser = _parser(command, chosen.name)
    parser.usage = f"{parser.prog} DATA [options]"
    parser.add_argument("method", metavar=chosen.name, help=chosen.summary.replace("%", "%%"))
    add_flags(parser, chosen)
    return chosen, parser


def _check_exists(data: str = "-") -> None:
    """Refuse a file that is not there at once: the flags of a method are known only when it, and torch, is imported.

    A first word that is a flag is looked at later, by the parser.
    """
    if not data.startswith(("-", SAMPLE)) and not os.path.exists(data):
        raise no_file(data)


def _add_computing(parser: Parser, out: str) -> None:
    group = parser.add_argument_group("computing and output")
    group.add_argument("--device", default="auto", help="auto, cpu or cuda; default auto")
    group.add_argument("--memory", default="1GB", help="budget of working memory; default 1GB")
    group.add_argument("--out", metavar="FOLDER", help=out)
    _add_json(group)


def _add_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--lines", metavar="N", type=int, default=30, help="rows of the table to print; default 30")


def _compute(options: argparse.Namespace) -> Any:
    from ..core.compute import Compute

    return Compute(device=options.device, memory=options.memory)


def _output_folder(name: str | None) -> Path | None:
    """The folder of `--out`, made before the work starts, so that a wrong one costs nothing."""
    if name is None:
        return None
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as problem:
        raise InputError(f"`--out` must be a folder that can be written; got `{name}` ({problem.strerror}).") from None
    return folder


def _save(result: "Result", folder: Path) -> None:
    """Write a result whole: into a folder inside first, then moved file by file, `result.json` last."""
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        result.save(fresh)
        for file in sorted(Path(fresh).iterdir(), key=lambda file: file.name == "result.json"):
            os.replace(file, folder / file.name)


def _deliver(
    result: "Result", options: argparse.Namespace, folder: Path | None = None, data: "Dataset | None" = None
) -> int:
    """Save and print a result; of `data`, state which rows were used where the result's own notes do not."""
    if folder is not None:
        _save(result, folder)
    from .results import print_json, print_result, result_as_json

    if options.json:
        print_json(result_as_json(result))
        return 0
    print_result(result, options.lines)
    if data is not None and data.sampling is not None and data.sampling.sentence not in result.provenance.notes:
        print(f"Note: {printable(data.sampling.sentence)}")
    if folder is not None:
        print(f"Written to {printable(str(folder))}")
    return 0
