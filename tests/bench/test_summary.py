"""The statistics and the drawing of a comparison, on numbers worked out by hand."""

from xml.etree import ElementTree

import pytest

from cladogen.bench import table
from cladogen.bench.arm import read_arm, read_arms
from cladogen.bench.figure import Scale, figure
from cladogen.bench.summary import difference, rows
from cladogen.bench.trial import Measured
from cladogen.problem import Metric

LESS = Metric("excess", "minimize", "%")


def arm(*values, **more):
    return {
        seed: Measured(value=value, evaluations=100, **more) for seed, value in enumerate(values)
    }


def test_interval_is_students():
    found = difference([1.0, 2.0, 3.0, 4.0])
    assert found is not None
    # mean 2.5, standard error 1.290994 / 2, t(3, .975) = 3.182446
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, 0.445739, 4.554261), abs=1e-6)
    assert difference([1.0]) is None


def test_gain_is_paired_by_seed_and_positive_when_less_is_better():
    found = rows("p", LESS, {"greedy": arm(5.0, 4.0, 6.0), "clade": arm(3.0, 3.5, 4.0)}, "greedy")
    assert [row.arm for row in found] == ["clade", "greedy"]
    assert found[0].difference is not None
    assert found[0].difference.mean == pytest.approx(1.5)
    assert found[1].difference is None


def test_failed_trials_are_counted_and_leave_no_pair():
    broken = {0: Measured(value=3.0), 1: Measured(failed="no")}
    found = rows("p", LESS, {"greedy": arm(5.0, 4.0), "clade": broken}, "greedy")
    assert (found[0].seeds, found[0].failed, found[0].difference) == (1, 1, None)
    assert "clade (1 failed)" in table.text(found, "greedy")


def test_unpriced_calls_leave_no_sum_of_dollars():
    found = rows(
        "p",
        LESS,
        {"greedy": arm(5.0, 4.0, usd=0.5, unpriced=1), "iid": arm(5.0, 5.0, usd=0.5)},
        "greedy",
    )
    assert [row.usd for row in found] == [None, 0.5]
    assert "unpriced" in table.markdown(found, "greedy")


def test_arms_are_read_with_their_options():
    own = read_arm("clade:counts=own:alpha=0.5")
    assert (own.archive, own.options, own.slug) == (
        "clade",
        {"counts": "own", "alpha": "0.5"},
        "clade-counts=own-alpha=0.5",
    )
    assert read_arm("mine.rules:Mine:depth=3").archive == "mine.rules:Mine"
    assert [each.label for each in read_arms("dgm,greedy")] == [
        "dgm",
        "greedy",
        "iid",
        "sequential",
    ]
    assert [each.label for each in read_arms("dgm", only=True)] == ["dgm"]


def test_figure_holds_the_mean_curve_of_each_arm():
    curves = [((50, 0.2), (100, 0.4)), ((50, 0.4), (100, 0.8))]
    drawn = figure(
        "a < b",
        "solved",
        {"clade": [Measured(curve=curve) for curve in curves], "dgm": [Measured()]},
    )
    root = ElementTree.fromstring(drawn)
    name = "{http://www.w3.org/2000/svg}"
    lines = root.findall(f"{name}polyline")
    assert len(lines) == 1
    first, last = [
        [float(x) for x in point.split(",")]
        for point in (lines[0].get("points") or "").split()[::59]
    ]
    assert first[0] < last[0] and first[1] > last[1]
    assert "a < b" in [text.text for text in root.iter(f"{name}text")]
    assert figure("empty", "solved", {"dgm": [Measured()]}) == ""


def test_ticks_are_round_and_inside():
    assert Scale(0.13, 0.91, 0, 1).ticks() == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert Scale(0, 800, 0, 1).ticks() == pytest.approx([0, 200, 400, 600, 800])


def test_arm_may_vary_options_of_the_proposer():
    arm = read_arm("map_elites:elite=0.5:proposer.notes_every=0:proposer.operators=cross=0")
    assert arm.archive == "map_elites" and arm.options == {"elite": "0.5"}
    assert arm.proposer_options == {"notes_every": "0", "operators": "cross=0"}
