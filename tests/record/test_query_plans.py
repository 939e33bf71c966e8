"""Every query of the record is a search, so that nothing takes longer as a run grows; what is there to read a whole
table is named here."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy_world import opened, toy_run

from cladogen.models.calls import Message, Request
from cladogen.proposal import Outcome
from cladogen.record.approvals import Waiting, wait_for, waiting
from cladogen.record.changes import ReadPosition
from cladogen.record.checksums import TABLES
from cladogen.record.database import connect
from cladogen.record.model_calls import StoredCalls
from cladogen.record.steering import given, session_row
from cladogen.record.store import Store
from cladogen.search.budget import Caps

NOW = ReadPosition(5, 5, 5, 5, 5, 5)
SMALL = {
    "meta",
    "events",
    "json_each",
    "pragma_table_info",
    "CONSTANT",
    "tallies",
}  # they do not grow with the programs
# Indexes of no more rows than there are calls in flight, or programs of three and more parents.
FEW = ("calls_in_flight", "programs_of_many")
SEARCHES = {
    "task": (3,), "next_ticket": (), "proposal": (3, 0), "proposal_summary": (3, 0), "proposals_of": (3,),
    "program": (3,), "some_texts": (3, lambda path: True), "tree": (3,), "nodes": (3,), "stored_programs": ([1, 2],), "original": ("ab", b"c"),
    "program_of": (3, 0), "results_after": (5,), "last_result": (), "sum_of_result": (5,), "programs_by_tree": ("abcd",), "returned": ("x",), "picture": ("x", "a"), "evaluations": (3,),
    "brief_evaluations": ("train", range(2, 3)), "pending_evaluations": (3,), "evaluation_usd": (5,), "results": (5,),
    "results_with_proposals": (3,), "results_known": (3, 0, 9), "rounds_done": (3,), "last_result_at": (Outcome.DUPLICATE,), "last_row_at": (),
    "seconds": (), "clock_row": (), "newest": (), "changed_programs": (NOW,), "evaluations_by_ticket": (NOW,), "evaluations_of_tickets": (3, 5), "spans": (5,),
    "events": (), "meta": (), "data_version": (), "children": (3,), "descent": (3,), "ancestors": ([3],),
    "parents": ([3],), "asked_times": (3,), "scores": ([3],), "fittest": (5,), "fitness_of": (3,),
    "named_bests": (), "maker_of": (3, 3), "tally": (), "made_under": (3, 3), "latest_result": (Outcome.DUPLICATE,), "latest_accepted": ("crash",), "recorded_result": (None, 3, 0),
}  # fmt: skip
ONE_ROW = {
    "asked_anybody",
    "found_out_anything",
    "last_named_best",
}  # whether there is any: the first row is all that is read
WHOLE = {  # what reads a whole table, as it has to, for a person; none is asked while a search goes on
    "tasks", "open_tasks", "unfinished", "proposals", "proposal_times", "proposal_costs", "program_count", "makers", "operators", "first_parents", "fitnesses",
    "case_names", "history", "recorded", "with_several_results", "answered", "result_times", "evaluation_count", "places", "islands", "asked_from", "summed", "summed_throughout", "has_scores", "has_tallies", "has_named_bests", "brief_scores", "made", "outputs", "last_results",
    "costly_evaluations", "unscored",
    "heal_scores", "recount", "heal_tally", "tally_to_go_on",
}  # fmt: skip
NO_QUERY = {"add_event", "add_named_best", "add_evaluations", "add_program", "add_proposal", "add_result", "add_score", "add_task", "count", "set_meta", "claim",
            "close", "create", "open", "transaction", "one_moment", "durably", "select", "read_rows", "value", "as_score"}  # fmt: skip


@pytest.fixture
async def store(tmp_path) -> Iterator[Store]:
    made = opened(tmp_path / "run")
    await toy_run(made, Caps(proposals=20)).search()
    yield made
    made.close()


def scanned(store: Store, statements: list[str]) -> dict[str, str]:
    """Return the tables that statements read from end to end, with one of the statements."""
    found = {}
    with contextlib.closing(connect(store.folder / "run.db", write=False)) as reader:
        for statement in statements:
            if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", statement):
                for *_, said in reader.execute(f"EXPLAIN QUERY PLAN {statement}"):
                    if said.startswith("SCAN") and not said.endswith(FEW):
                        found.setdefault(said.split()[1], statement)
    return {table: said for table, said in found.items() if named(table, said) not in SMALL}


def named(alias: str, statement: str) -> str:
    """Return the table that an alias stands for in a statement."""
    called = re.search(rf"\b({'|'.join(TABLES)}) (?:AS )?{alias}\b", statement)
    return called[1] if called else alias


@contextlib.contextmanager
def heard(store: Store) -> Iterator[list[str]]:
    statements: list[str] = []
    store.database.set_trace_callback(statements.append)
    yield statements
    store.database.set_trace_callback(None)


@pytest.mark.parametrize("name", SEARCHES)
async def test_query_of_the_record_is_a_search(store, name):
    with heard(store) as statements:
        answer = getattr(store, name)(*SEARCHES[name])
        list(answer) if isinstance(answer, Iterator) else None
    assert statements
    assert scanned(store, statements) == {}


def test_every_query_of_the_record_is_named_here():
    public = {name for name in dir(Store) if not name.startswith("_")}
    assert public == SEARCHES.keys() | ONE_ROW | WHOLE | NO_QUERY


async def test_calls_of_models_are_searched_for(store):
    calls = StoredCalls(store)
    with heard(store) as statements:
        calls.begin(Request(0, 0, "diff", "m", (Message("user", "q"),)), 0, None)
        calls.under(3, 0), calls.spent(3, 0), calls.in_flight(), calls.costs(5, [1])
        given(store, 5), session_row(store)
    assert scanned(store, statements) == {}


async def test_children_that_wait_are_found_without_reading_every_result(store):
    """Else a page of 100 000 programs reads them all at each look."""
    for ticket in (3, 900):
        wait_for(store, Waiting(ticket, 0, 0))
    with heard(store) as statements:
        assert [row.ticket for row in waiting(store)] == [900]  # the other has its result
    assert scanned(store, statements) == {}
    asked = [each for each in statements if "FROM results" in each]
    assert asked and all("WHERE ticket = " in each for each in asked)


async def test_no_table_is_read_from_end_to_end_while_a_search_goes_on(tmp_path):
    store = opened(tmp_path / "run")
    run = toy_run(store, Caps(proposals=40), workers=2)
    step, statements = run.step, []

    async def heard_step():
        store.database.set_trace_callback(statements.append)
        await step()

    run.step = heard_step
    await run.search()
    store.database.set_trace_callback(None)
    chosen = next(at for at, said in enumerate(statements) if "INTO events" in said)
    assert chosen > 200  # what comes after is no part of the search: what ships is chosen
    assert scanned(store, statements[:chosen]) == {}
    store.close()


def test_runs_of_earlier_versions_are_healed_when_they_are_opened_for_writing(tmp_path):
    store = opened(tmp_path / "run")
    indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    names = {name for (name,) in store.database.execute(indexes)}
    for name in names:
        store.database.execute(f"DROP INDEX {name}")
    store.close()
    again = Store.open(Path(tmp_path / "run"), write=True)
    assert {name for (name,) in again.database.execute(indexes)} == names != set()
    again.close()
