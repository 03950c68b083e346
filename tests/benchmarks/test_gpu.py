"""The benchmark of a card: it counts operations rightly, runs on the CPU as well, and ends well without a card."""

import json

import torch

from benchmarks import gpu
from benchmarks.gpu import NO_CARD, Sizes, main, measure, operations
from interaction_engine.numerics.derivatives import mlp

TINY = Sizes(64, 200, 5, (20, 20), 20, 4, 1, 4, 1, 1)


def test_without_a_card_it_says_so_and_ends_well(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([]) == 0
    assert capsys.readouterr().out.strip() == NO_CARD


def test_every_computation_is_told_as_a_share_of_the_peak(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(gpu, "QUICK", TINY)
    assert main(["--quick", "--device", "cpu", "--out", str(tmp_path / "gpu.json")]) == 0
    written = json.loads((tmp_path / "gpu.json").read_text())
    claims = [line["claim"] for line in written["lines"]]
    assert claims[0] == "peak of a product, float32, 64 x 64"
    assert [claim.split(",")[0] for claim in claims[1:]] == ["race", "exact", "Hessians", "AND-OR", "training"]
    assert all("of the peak of float32" in line["measured"] for line in written["lines"][1:])
    assert all(line["figures"]["share_of_float32"] > 0 for line in written["lines"][1:])
    assert "exact, computed in float32" in capsys.readouterr().out


def test_settings_of_precision_are_left_as_they_were():
    assert gpu.peak(TINY, "cpu", "high") > 0
    assert torch.get_float32_matmul_precision() == "highest"


def test_operations_of_products_are_counted_in_every_form():
    inputs, weight, bias = torch.ones(7, 5), torch.ones(33, 5), torch.ones(33)
    assert operations(lambda: inputs @ weight.T) == 2 * 7 * 5 * 33
    with torch.inference_mode():
        assert operations(lambda: mlp.linear(inputs, weight, bias, "relu")) == 2 * 7 * 5 * 33


def test_exact_counts_no_fewer_operations_than_its_last_layers_take():
    line = measure(TINY, "cpu")[2]
    counted = line.figures["operations_a_second"] * line.figures["seconds"]
    pairs, corners, rows = 10, 4, 20
    assert counted >= 2 * pairs * corners * rows * 20 * 20
