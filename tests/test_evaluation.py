"""Noise of repeated measurements."""

from __future__ import annotations

from cladogen.evaluation import Evaluation, Status, noise


def test_equal_measurements_have_no_noise_though_their_mean_is_rounded() -> None:
    """A gain was said to be 286066977088982 times the noise."""
    value = 0.9812819472031
    rows = [Evaluation("p", "a", seed, Status.OK, {"m": value}) for seed in range(3)]
    assert noise(rows, lambda some: sum(row.metrics["m"] for row in some)) == 0.0
    third = 0.1 + 0.2
    rows = [Evaluation("p", "a", seed, Status.OK, {"m": third}) for seed in range(7)]
    assert noise(rows, lambda some: sum(row.metrics["m"] for row in some)) == 0.0
