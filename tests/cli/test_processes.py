"""The command as a process of its own: exit codes, streams, and what it need not load."""

import json
import subprocess
import sys

from tests.cli.commands import TINY


def test_as_a_process(table):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "interaction_engine", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert run("--help").returncode == 0
    good = run("detect", "exact", str(table), "--target", "y", "--model", "mlp", *TINY, "--background", "20", "--json")
    assert good.returncode == 0
    assert good.stderr == ""
    assert len(json.loads(good.stdout)["table"]) == 3
    bad = run("detect", "exact", str(table), "--target", "z", "--model", "mlp")
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)


def test_commands_that_only_read_do_without_torch(network):
    called = "from interaction_engine.cli.commands import main; main(sys.argv[1:])"
    script = f"import sys; {called}; print('torch' in sys.modules)"
    for arguments in (["show", str(network)], ["samples"]):
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout.splitlines()[-1] == "False"
