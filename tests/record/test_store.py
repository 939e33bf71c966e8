"""The record: what is written is read back, and what is wrong with a folder is said in one line."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from cladogen.errors import RunError
from cladogen.evaluation import Evaluation, Status, Usage
from cladogen.models.calls import CallStatus, Message, Reply, Request, ToolCall, answer
from cladogen.program import File, Node, Program
from cladogen.proposal import Cost, Expectation, Outcome, Proposal
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.task import Measure, Propose


@pytest.fixture
def store(tmp_path):
    store = Store.create(tmp_path / "run", {"seed": 3})
    yield store
    store.close()


def program(text: str, **more: bytes) -> Program:
    return Program.of(
        {"f.py": File(text.encode()), **{name: File(data) for name, data in more.items()}}
    )


def test_program_reads_back_as_it_was_with_modes_and_bytes(store):
    odd = Program.of({"a/b.bin": File(bytes(range(256)), executable=True), "empty": File(b"")})
    store.add_program(odd, Node(0, odd.id))
    assert store.program(0) == odd
    assert store.program(0).files == odd.files


def test_long_chain_of_small_changes_reads_back_and_takes_few_bytes(store):
    lines = [f"x{i} = {i}" for i in range(120)]
    for number in range(100):
        lines[number] = f"x{number} = {number} + 1"
        store.add_program(
            program("\n".join(lines)),
            Node(number, program("\n".join(lines)).id, (number - 1,) if number else ()),
        )
    assert store.program(99).text("f.py") == "\n".join(lines)
    size = store.database.execute("SELECT SUM(LENGTH(data)) FROM texts").fetchone()[0]
    assert size / 100 < 600


def test_beginning_of_an_output_is_stored_once_and_found_by_its_name(store):
    made = program("x = 1")
    store.add_program(made, Node(0, made.id))
    rows = tuple(
        Evaluation(made.id, case, 0, Status.OK, {}, output=output, returned=f"[{output}]")
        for case, output in (("a", "one"), ("b", "one"), ("c", "two"))
    )
    store.add_evaluations(0, 0, rows)
    assert (store.returned("one"), store.returned("two"), store.returned("three")) == (
        "[one]", "[two]", "",
    )  # fmt: skip
    assert store.database.execute("SELECT COUNT(*) FROM outputs").fetchone()[0] == 2


def test_run_of_an_earlier_version_has_no_outputs_and_can_be_read(store):
    store.database.execute("DROP TABLE outputs")
    store.close()
    looking = Store.open(store.folder)
    assert looking.returned("one") == ""
    looking.close()


def test_proposal_reads_back_as_it_was(store):
    made = Proposal(
        7, "cross", (1, 2), "diff", "no-op", "nothing changed", "sum", "m", "the prompt", "the \udcff reply",
        Cost(None, 10, 5, 2, 1), Expectation("size", -2.0, ("a",), "smaller"), 1.5, 3, 1, {"idea": "x"},
    )  # fmt: skip
    store.add_proposal(made, 1)
    assert store.proposal(7, 1) == made
    assert store.proposal(7, 0) is None


def test_tasks_without_a_last_result_are_open(store):
    for task in (Propose(0, (0,), (1, 2), ("a",), 1, "n", "h"), Measure(1, 0, ("a",)), Propose(2)):
        store.add_task(task, "me" if task.ticket == 2 else "")
    for task, outcome, last in (
        (Propose(0), Outcome.REFUSED, False),
        (Measure(1, 0, ()), Outcome.MEASURED, True),
    ):
        store.add_result(Result(task, outcome, reason="why", last=last), 0, Standing.NOTED)
    assert [task for task, _, _ in store.open_tasks()] == [
        Propose(0, (0,), (1, 2), ("a",), 1, "n", "h"),
        Propose(2),
    ]
    assert store.task(1) == Measure(1, 0, ("a",))
    assert store.next_ticket() == 3


def test_evaluations_read_back_and_heldout_ones_are_apart(store):
    made = program("x")
    store.add_program(made, Node(0, made.id))
    row = Evaluation(
        made.id, "a", 1, Status.OK, {"m": 0.1}, "fb", "log", "out", Usage(1.0, 2.0, 3.0, 4), None
    )
    store.add_evaluations(0, 5, (row,), fresh=True)
    store.add_evaluations(0, 5, (row,), split="heldout")
    assert [(ticket, fresh, each) for _, _, ticket, fresh, each in store.evaluations(0)] == [
        (5, True, row)
    ]
    assert len(list(store.evaluations(0, split=None))) == 2


def test_call_in_flight_and_call_that_ended_read_back(store):
    calls = StoredCalls(store)
    request = Request(4, 1, "diff", "m", (Message("user", "hello"),), '{"temperature": 1}')
    first = calls.begin(request, 0, 0.5)
    assert answer(calls, 4, 1) is None
    calls.finish(first, Reply(CallStatus.REPLIED, "hi", "because"), Cost(0.1, 1, 2, 0, 1))
    call = answer(calls, 4, 1)
    assert call is not None and call.request == request and call.reply is not None
    assert (call.reply.text, call.reply.reasoning, call.cost.usd, call.most_usd) == (
        "hi",
        "because",
        0.1,
        0.5,
    )


def test_second_writer_is_told_that_the_run_is_in_use(store):
    with pytest.raises(
        RunError, match=f"process {os.getpid()} is running this run; wait for its end, or end it"
    ):
        Store.open(store.folder, write=True)
    Store.open(store.folder).close()


def test_folder_without_a_run_is_told_how_to_start_one(tmp_path):
    with pytest.raises(RunError, match="no run here"):
        Store.open(tmp_path)


def test_run_from_a_newer_version_is_refused_and_left_as_it_was(store):
    store.set_meta("format", 99)
    with pytest.raises(RunError, match="format 99"):
        Store.open(store.folder)


def test_damaged_database_is_one_line(store):
    store.close()
    path = store.folder / "run.db"
    data = bytearray(path.read_bytes())
    data[:4000] = os.urandom(4000)
    path.write_bytes(data)
    for write in (False, True):
        with pytest.raises(RunError, match=r"run.db"):
            Store.open(store.folder, write=write)


def test_full_disk_is_one_line_and_the_group_leaves_nothing(store):
    pages = store.database.execute("PRAGMA page_count").fetchone()[0]
    store.database.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(RunError, match="cannot write the record"), store.transaction():
        store.add_event("kept", {})
        store.texts.put(os.urandom(200_000))
    assert store.events() == []
    store.database.execute("PRAGMA max_page_count = 1000000")
    store.add_event("kept", {})
    assert len(store.events()) == 1


def test_texts_are_stored_once(store):
    first, again = store.texts.put(b"same"), store.texts.put(b"same")
    assert first == again


def test_reply_is_on_disk_when_its_writer_is_killed_at_once(tmp_path):
    code = f"""
import os, signal
from pathlib import Path
from cladogen.record.store import Store
from cladogen.result import Result, Standing
from cladogen.record.model_calls import StoredCalls
from cladogen.models.calls import *
from cladogen.proposal import Cost
calls = StoredCalls(Store.create(Path({str(tmp_path / "run")!r}), {{}}))
number = calls.begin(Request(0, 0, "diff", "m", (Message("user", "q"),)), 0, None)
calls.finish(number, Reply(CallStatus.REPLIED, "paid for"), Cost(1.0))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    store = Store.open(tmp_path / "run")
    call = answer(StoredCalls(store), 0, 0)
    store.close()
    assert call is not None and call.reply is not None and call.reply.text == "paid for"


def test_reading_works_while_a_run_writes(store):
    reader = Store.open(store.folder)
    store.add_event("later", {"x": 1})
    assert reader.events("later")[0][2] == {"x": 1}
    with pytest.raises(sqlite3.OperationalError):
        reader.database.execute("DELETE FROM events")
    reader.close()


def test_folder_of_a_run_is_not_overwritten(store):
    with pytest.raises(RunError, match="a run is here already"):
        Store.create(Path(store.folder), {})


def test_run_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError, match="cannot be made"):
            Store.create(folder, {})


def test_going_on_reads_no_prompt_of_the_calls_that_a_run_made(store):
    calls = StoredCalls(store)
    asked = [
        Request(ticket, 0, "diff", "m", (Message("user", f"q{ticket}"),)) for ticket in range(3)
    ]
    for request in asked[:2]:
        reply = Reply(CallStatus.REPLIED, "a")
        calls.finish(calls.begin(request, 0, 0.5), reply, Cost(0.25, calls=1))
    calls.begin(asked[2], 0, 0.5)
    prompts = "SELECT request FROM calls"
    texts = [text for (text,) in store.database.execute(prompts)]
    store.database.execute(f"DELETE FROM texts WHERE id IN ({', '.join(map(str, texts))})")
    spent, seen = Cost(0.25, calls=1), list(StoredCalls(store).charges())
    assert seen == [(spent, 0.5), (spent, 0.5), (None, 0.5)]
    assert StoredCalls(store).of_purpose("notes") == []


def test_texts_and_key_of_a_call_are_those_that_earlier_versions_wrote(store):
    messages = (
        Message("system", "be brief \udcff"),
        Message("user", "é", ("data:x",), (ToolCall("1", "f", "{}"),), "2"),
    )
    asked = Request(3, 0, "diff", "m", messages, '{"sampling": null}')
    listed = [message.to_list() for message in messages]
    reply = Reply(CallStatus.REPLIED, "r", tools=(ToolCall("1", "f", "{}"),), seconds=0.25)
    number = StoredCalls(store).begin(asked, 0, None)
    StoredCalls(store).finish(number, reply, Cost(None, 1, 2, 3, 4))
    rows = store.database.execute("SELECT key, request, reply FROM calls").fetchall()
    key = json.dumps(["m", asked.parameters, listed]).encode("utf-8", "surrogateescape")
    assert rows[0][0] == asked.key == hashlib.sha256(key).hexdigest()
    assert store.texts.get_text(rows[0][1]) == json.dumps(
        {"messages": listed, "parameters": asked.parameters}
    )
    assert store.texts.get_text(rows[0][2]) == json.dumps(
        {"reply": asdict(reply), "cost": asdict(Cost(None, 1, 2, 3, 4))}
    )
