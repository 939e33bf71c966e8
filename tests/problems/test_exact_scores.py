"""Exact scorers say of published constructions what exact arithmetic says, and repair instead of tolerating."""

import numpy as np
import pytest

from cladogen.scoring import Case, Invalid


@pytest.mark.parametrize(
    ("problem", "construction", "given", "metric", "exact"),
    [
        ("heilbronn", "heilbronn_triangle_n11_right_triangle_alphaevolve.json", {"n": 11, "shape": "triangle"}, "area",
         "score"),
        ("heilbronn", "heilbronn_convex_n13_alphaevolve.json", {"n": 13, "shape": "convex"}, "area", "score"),
        ("minmax_ratio", "minmax_ratio_2d_n16_alphaevolve.json", {"n": 16, "dimensions": 2}, "ratio", "score"),
        ("minmax_ratio", "minmax_ratio_3d_n14_alphaevolve.json", {"n": 14, "dimensions": 3}, "ratio", "score"),
        ("autocorrelation", "autocorr1_alphaevolve_v1_n600.json", {"constant": "C1"}, "bound", "score"),
        ("autocorrelation", "autocorr2_alphaevolve_v1_n50.json", {"constant": "C2"}, "bound", "score"),
        ("autocorrelation", "autocorr3prime_alphaevolve_v1_n150.json", {"constant": "C3'"}, "bound", "score_maxabs"),
        ("autocorrelation", "autocorr3_alphaevolve_v1_n400.json", {"constant": "C3'"}, "bound", "score_maxabs"),
        ("erdos_overlap", "erdos_alphaevolve_n95.json", None, "overlap", "score"),
    ],
)  # fmt: skip
def test_published_construction_has_its_exact_score(
    scorer, published, problem, construction, given, metric, exact
):
    document, values = published(construction)
    scored = scorer(problem).score(Case("published", given), values)
    assert scored.metrics[metric] == pytest.approx(
        float(document["verified_exact"][exact]), rel=1e-15
    )


def test_points_outside_the_triangle_are_moved_in(scorer, published):
    _, points = published("heilbronn_triangle_n11_right_triangle_alphaevolve.json")
    case = Case("published", {"n": 11, "shape": "triangle"})
    module = scorer("heilbronn")
    assert (
        module.score(case, points * 2.0).metrics["area"]
        < module.score(case, points).metrics["area"]
    )
    assert module.inside(5, -3, 4) == (4, 0)
    assert module.inside(3, 3, 4) == (2, 2)


def test_scaling_a_convex_heilbronn_configuration_changes_nothing(scorer, published):
    _, points = published("heilbronn_convex_n13_alphaevolve.json")
    case = Case("published", {"n": 13, "shape": "convex"})
    module = scorer("heilbronn")
    assert (
        module.score(case, points * 1024).metrics["area"]
        == module.score(case, points).metrics["area"]
    )
    with pytest.raises(Invalid, match="on one line"):
        module.score(case, np.linspace(0, 1, 13)[:, None].repeat(2, axis=1))


def test_hull_area_is_that_of_the_corners(scorer):
    module = scorer("heilbronn")
    assert module.hull_area([(0, 0), (4, 0), (4, 4), (0, 4), (2, 2), (2, 0)]) == 32
    assert module.hull_area([(0, 0), (1, 1), (2, 2)]) == 0


def test_points_that_coincide_have_no_ratio(scorer):
    with pytest.raises(Invalid, match=r"points \(0, 1\) are the same"):
        scorer("minmax_ratio").score(
            Case("x", {"n": 3, "dimensions": 2}), np.array([[1.0, 1], [1, 1], [2, 3]])
        )


def test_overlap_is_scored_after_the_integral_is_made_one(scorer):
    module = scorer("erdos_overlap")
    flat = module.score(Case("overlap"), np.full(100, 0.5)).metrics["overlap"]
    assert flat == 0.5
    for heights in (np.full(100, 0.2), np.full(100, 0.9), np.full(100, 7.0), np.full(100, 1e-9)):
        assert module.score(Case("overlap"), heights).metrics["overlap"] == 0.5
    values, one = module.balanced([module.ONE // 8, module.ONE // 4, module.ONE, 0])
    assert 2 * sum(values) == 4 * one
    assert 0 <= min(values) <= max(values) <= one


def test_negative_heights_count_as_zero_only_where_the_function_is_not_negative(scorer):
    module = scorer("autocorrelation")
    heights = np.array([1.0, -0.5, 1.0])
    assert module.score(Case("C1", {"constant": "C1"}), heights) == module.score(
        Case("C1", {"constant": "C1"}), np.array([1.0, 0.0, 1.0])
    )
    assert module.score(Case("C3'", {"constant": "C3'"}), heights).metrics[
        "bound"
    ] == pytest.approx(2 * 3 * 2.25 / 2.25)
    with pytest.raises(Invalid, match="integral is 0"):
        module.score(Case("C3'", {"constant": "C3'"}), np.array([1.0, -1.0]))


@pytest.mark.parametrize("heights", [[1.0], [1.0] * 2001, [[1.0, 2.0]], [0.0, 0.0]])
def test_heights_that_are_no_function_are_invalid(scorer, heights):
    for name, case in (
        ("autocorrelation", Case("C1", {"constant": "C1"})),
        ("erdos_overlap", Case("overlap")),
    ):
        with pytest.raises(Invalid):
            scorer(name).score(case, heights)
