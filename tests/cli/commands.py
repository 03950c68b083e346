"""What the command line offers, flags for a quick training, and what a refused command says."""

from interaction_engine.cli import commands as cli
from interaction_engine.methods.registry import METHODS

OFFERED = [method for method in METHODS.values() if method.role in ("detector", "trainer", "study")]
COMMAND_OF = {"detector": "detect", "trainer": "train", "study": "detect"}
TINY = ["--train-hidden", "16", "--train-epochs", "3", "--train-batch", "64"]


def complaint(capsys, *arguments: str) -> tuple[int, str]:
    """Exit code and the sentence on standard error of a command that must print nothing else."""
    code = cli.main(list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return code, err.strip()
