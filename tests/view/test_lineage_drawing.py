"""Drawings of lineages: each edge is there, columns stay few."""

from hypothesis import given
from hypothesis import strategies as st

from cladogen.view.lineage_drawing import Graph, collapsed, order

lineages = st.integers(1, 30).flatmap(
    lambda size: st.tuples(
        *(
            st.lists(st.integers(0, number - 1), min_size=1, max_size=2, unique=True)
            if number
            else st.just([])
            for number in range(size)
        )
    )
)


def drawn(parents: dict[int, tuple[int, ...]]) -> list[str]:
    graph, lines = Graph(), []
    for number in order(sorted(parents, reverse=True), parents):
        head, edges = graph.step(number, parents[number], "o")
        lines += [f"{head} {number}", *edges]
    assert graph._columns == []  # every line ended at a program
    return lines


@given(lineages)
def test_every_line_ends_at_a_program_and_every_parent_is_below_its_child(lists):
    parents = {number: tuple(of) for number, of in enumerate(lists)}
    rows = order(sorted(parents, reverse=True), parents)
    assert sorted(rows) == sorted(parents)
    place = {number: at for at, number in enumerate(rows)}
    assert all(place[parent] > place[number] for number, of in parents.items() for parent in of)
    for line in drawn(parents):
        assert set(line) <= set("o│├┤╯╰╮╭─┼ 0123456789")


def test_merge_and_branch_are_drawn_with_corners():
    assert drawn({0: (), 1: (0,), 2: (0,), 3: (2, 1)}) == [
        "o 3",
        "├─╮",
        "o │ 2",
        "│ o 1",
        "├─╯",
        "o 0",
    ]


def test_siblings_share_the_column_of_their_parent():
    lines = drawn({0: (), **dict.fromkeys(range(1, 20), (0,))})
    assert max(map(len, lines)) <= len("│ o 19")


def test_long_chains_are_collapsed_and_what_is_kept_is_not():
    chain = {number: (number - 1,) if number else () for number in range(20)}
    rows = order([19], chain)
    assert list(collapsed(rows, chain, keep=[19, 10])) == [
        19, tuple(range(18, 10, -1)), 10, tuple(range(9, 0, -1)), 0,
    ]  # fmt: skip
    assert list(collapsed(rows, chain, keep=range(20))) == rows
