"""Which of a reply's alternatives it means to be made, by what it says of them."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.patching.edits import Alternative
from cladogen.patching.inverse import takes_back


def offered(alternatives: Sequence[Alternative]) -> list[Alternative]:
    """Return the alternatives without options that the reply recommends another over, and without
    those it offers on a condition or as the way back.
    """
    left = _unconditional(alternatives)
    left = [one for one in left if not _is_way_back(one, left)]
    recommended = {one.stance.option for one in left if one.stance.recommended}
    return _without_others(left, recommended) if recommended else left


def _unconditional(given: Sequence[Alternative]) -> list[Alternative]:
    """Return the alternatives that are not on a condition, all where every one is."""
    return [one for one in given if not one.stance.on_condition] or list(given)


def _without_others(given: Sequence[Alternative], options: set[int]) -> list[Alternative]:
    """Return what is recommended, and what is none of the other options."""
    return [one for one in given if one.stance.recommended or not _is_other(one, options)]


def _is_way_back(one: Alternative, all_of_them: Sequence[Alternative]) -> bool:
    """Whether the reply says of an alternative that it undoes another one, as it does."""
    return one.stance.undoes and any(takes_back(one, other) for other in all_of_them)


def _is_other(one: Alternative, options: set[int]) -> bool:
    stance = one.stance
    if stance.unclear:
        return True
    return stance.option not in options if stance.option else stance.exclusive
