"""The final choice: exact tests, several programs held to account, and the plain sentence when nothing was gained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Metric
from cladogen.search.matched_test import choose, matched_test

EXCESS = Metric("excess", "minimize", "%")
SOLVED = Metric("solved", low=0, high=1)


def rows(values: list[float | None], metric: Metric = EXCESS) -> list[Evaluation]:
    return [
        Evaluation("p", f"case-{place}", 0, Status.OK, {metric.name: value})
        if value is not None
        else Evaluation("p", f"case-{place}", 0, Status.CRASH)
        for place, value in enumerate(values)
    ]


def test_a_clear_gain_ships_and_the_sentence_says_by_how_much() -> None:
    seed = [5.0 + 0.1 * n for n in range(20)]
    choice = choose(
        EXCESS,
        {7: rows([value - 2 for value in seed]), 9: rows([value - 1 for value in seed])},
        rows(seed),
    )
    assert (choice.number, choice.significant) == (7, True)
    assert choice.sentence == (
        "#7 has excess 3.95 % against the seed's 5.95 on 20 held-out cases, better on 20 and worse on 0 "
        "(exact sign-flip, p = 9.5e-07, 9.5e-07 for the whole list)"
    )


def test_noise_is_no_significant_improvement() -> None:
    rng = np.random.default_rng(1)
    seed = rng.normal(5, 1, 20)
    choice = choose(EXCESS, {3: rows(list(seed + rng.normal(0, 1, 20)))}, rows(list(seed)))
    assert not choice.significant
    assert choice.sentence.startswith("no significant improvement")


def test_the_seed_ships_when_nothing_is_better() -> None:
    choice = choose(EXCESS, {3: rows([6.0, 6.0])}, rows([5.0, 5.0]))
    assert (choice.number, choice.significant) == (0, False)
    assert choice.sentence.endswith("does no better than the seed; the seed ships")


def test_without_significance_the_best_in_training_ships_or_the_seed_and_no_lucky_third() -> None:
    seed = [5.0, 5.0, 5.0]
    lucky = {3: rows([4.9, 4.9, 4.9]), 4: rows([1.0, 1.0, 1.0])}
    choice = choose(EXCESS, lucky, rows(seed))
    assert (choice.number, choice.significant) == (3, False)
    assert "the best in training ships: #3" in choice.sentence
    worse = {3: rows([5.1, 5.1, 5.1]), 4: rows([1.0, 1.0, 1.0])}
    assert choose(EXCESS, worse, rows(seed)).number == 0


def test_a_program_that_fails_on_a_heldout_case_cannot_ship() -> None:
    choice = choose(EXCESS, {3: rows([1.0, None]), 4: rows([4.9, 4.9])}, rows([5.0, 5.0]))
    assert choice.number == 4
    assert choice.trials[0].failed == "fails on held-out case-1"
    assert choose(EXCESS, {3: rows([None])}, rows([5.0])).sentence.endswith(
        "(#3 fails on held-out case-0 with seed 0)"
    )


def test_a_failure_of_the_world_is_left_out() -> None:
    broken = [*rows([1.0]), Evaluation("p", "case-1", 0, Status.INFRA)]
    assert choose(EXCESS, {3: broken}, rows([5.0, 5.0])).trials[0].pairs == 1


def test_a_daemon_that_died_before_the_final_choice_is_not_the_programs_failure() -> None:
    lost = [Evaluation("p", "case-0", 0, Status.INFRA)]
    choice = choose(EXCESS, {3: lost, 4: lost}, lost)
    assert choice.number == 0
    assert choice.sentence.endswith(
        "is shown: the held-out cases could not be run; continue the run to decide"
    )


def test_too_few_cases_are_said_to_be_too_few() -> None:
    choice = choose(EXCESS, {3: rows([1.0, 1.0])}, rows([5.0, 5.0]))
    assert (choice.number, choice.significant) == (3, False)
    assert choice.sentence.endswith("too few held-out cases to show one")


def test_values_of_0_and_1_take_mcnemars_test() -> None:
    seed = [0.0] * 10 + [1.0] * 50
    child = [1.0] * 10 + [0.0] + [1.0] * 49
    choice = choose(SOLVED, {3: rows(child, SOLVED)}, rows(seed, SOLVED))
    assert choice.trials[0].test == "exact McNemar"
    assert choice.trials[0].p == pytest.approx(12 / 2**11)


def test_repeats_of_one_case_are_the_pairs() -> None:
    child = [Evaluation("p", "all", seed, Status.OK, {"excess": 1.0}) for seed in range(8)]
    base = [Evaluation("p", "all", seed, Status.OK, {"excess": 2.0}) for seed in range(8)]
    assert choose(EXCESS, {3: child}, base).trials[0].p == pytest.approx(1 / 256)


def test_a_seed_that_fails_can_be_beaten() -> None:
    choice = choose(EXCESS, {3: rows([1.0] * 8)}, rows([None] * 8))
    assert (choice.number, choice.significant, choice.seed_mean) == (3, True, None)


def test_no_short_list_means_the_seed() -> None:
    assert choose(EXCESS, {}, rows([5.0])).number == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 5).map(lambda n: n / 4), min_size=1, max_size=9))
def test_the_sign_flip_test_is_the_count_over_all_flips(differences: list[float]) -> None:
    _, p = matched_test(np.array(differences), False)
    flips = itertools.product((-1, 1), repeat=len(differences))
    counted = [sum(f * abs(d) for f, d in zip(flip, differences, strict=True)) for flip in flips]
    assert p == pytest.approx(np.mean([total >= sum(differences) for total in counted]))


def test_the_signed_rank_test_agrees_with_scipys_exact_one() -> None:
    from scipy.stats import wilcoxon

    moved = np.random.default_rng(0).normal(0.2, 1, 45)
    test, p = matched_test(moved, False)
    assert test == "exact signed-rank"
    assert p == pytest.approx(wilcoxon(moved, alternative="greater", method="exact").pvalue)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 6))
def test_p_values_never_fall_along_the_list(seed: int, programs: int) -> None:
    rng = np.random.default_rng(seed)
    base = rows(list(rng.normal(0, 1, 12)))
    choice = choose(
        EXCESS, {n + 1: rows(list(rng.normal(0, 1, 12))) for n in range(programs)}, base
    )
    assert [trial.p_adjusted for trial in choice.trials] == list(
        itertools.accumulate((trial.p for trial in choice.trials), max)
    )


def test_five_cases_all_better_are_a_significant_improvement_whatever_comes_later_in_the_list() -> (
    None
):
    seed = [4.0, 4.1, 3.9, 4.2, 4.05]
    better, worse = [value - 2 for value in seed], [value + 1 for value in seed]
    listed = {3: rows(list(better)), 4: rows(list(worse)), 5: rows(list(worse))}
    assert choose(EXCESS, listed, rows(list(seed))).significant
    assert not choose(
        EXCESS, {4: rows(list(worse)), 3: rows(list(better))}, rows(list(seed))
    ).significant
