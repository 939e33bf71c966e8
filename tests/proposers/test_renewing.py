"""Texts that a run has written for itself, its notes and wordings, are paid for once and are the same after a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from model_world import SHOWN, opened, step_reply
from provider.acts import Answer, Fault
from provider.server import FakeProvider
from small_record import SmallRecord
from toy_world import tree_of

from cladogen.models.calls import (
    CallStatus,
    MemoryLog,
    Message,
    Reply,
    Request,
    answered,
)
from cladogen.prompts import operators
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.prompts.sections import PromptTexts
from cladogen.proposal import Cost, Proposal
from cladogen.proposers.wordings import EVERY, Wordings
from cladogen.record.model_calls import StoredCalls

SUPPORT = Path(__file__).parents[1] / "support"
WORDS = " ".join(f"principle{number}" for number in range(700))  # more than notes may have
WORDING = (
    "Look for what is missing in program #$parent and make $objective better ($direction it). $beat"
)
OPTIONS = ("notes_every=6", "evolve=true", "operators=rewrite=0,cross=0,revise=0,refine=0,transfer=0,paradigm=0")  # fmt: skip
KEEPS, WORDS_ANEW = "You keep the notes", "You improve the instruction"


def beside(store) -> list[tuple[str, int]]:
    """Return the purpose and ticket of the calls that wrote texts, in their order."""
    calls = StoredCalls(store).all()
    return [
        (call.request.purpose, call.request.ticket)
        for call in calls
        if call.request.purpose in ("notes", "wording") and answered(call)
    ]


class Writer:
    """Answers by the prompt alone; ends the process ``kill`` at the first prompt after ``words`` were asked for."""

    def __init__(self, words: str = "") -> None:
        self.words, self.kill, self.asked = words, 0, False

    def __call__(self, seen):
        if self.kill and self.asked:
            os.kill(self.kill, signal.SIGKILL)
            return Fault("closed")
        self.asked = self.asked or bool(self.words and self.words in seen.prompt)
        if KEEPS in seen.prompt:
            return Answer(f"- {len(seen.prompt)}\n\n**{WORDS}**")
        if WORDS_ANEW in seen.prompt:
            return Answer(WORDING)
        return Answer(step_reply(SHOWN.search(seen.prompt)[1], 0.01 * (len(seen.prompt) % 97)))


def start(folder: Path, url: str) -> subprocess.Popen:
    command = [sys.executable, SUPPORT / "model_world.py", folder, "26", url, "1", *OPTIONS]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT.parent)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)  # fmt: skip


@pytest.mark.parametrize("words", [KEEPS, WORDS_ANEW], ids=["notes", "wording"])
def test_run_killed_right_after_a_text_was_written_goes_on_as_the_unbroken_run_and_pays_once(
    tmp_path, words
):
    with FakeProvider(Writer()) as provider:
        whole = start(tmp_path / "whole", provider.url)
        assert whole.wait(timeout=120) == 0, whole.stderr.read()
    writer = Writer(words)
    with FakeProvider(writer) as provider:
        killed = start(tmp_path / "killed", provider.url)
        writer.kill = killed.pid
        killed.wait(timeout=120)
        assert killed.returncode == -signal.SIGKILL
        writer.kill = 0
        again = start(tmp_path / "killed", provider.url)
        assert again.wait(timeout=120) == 0, again.stderr.read()
    for process in (whole, killed, again):
        process.communicate()
    unbroken, resumed = opened(tmp_path / "whole"), opened(tmp_path / "killed")
    assert {purpose for purpose, _ in beside(unbroken)} == {"notes", "wording"}
    assert beside(resumed) == beside(unbroken)
    assert tree_of(resumed) == tree_of(unbroken)
    prompts = [[proposal.prompt for proposal in store.proposals()] for store in (resumed, unbroken)]
    assert prompts[0] == prompts[1]
    unbroken.close()
    resumed.close()


def recorded(purpose: str, ticket: int, *replies: Reply) -> MemoryLog:
    log = MemoryLog()
    for attempt, reply in enumerate(replies):
        facts = '{"operator": "diff"}'
        request = Request(ticket, 0, purpose, "m", (Message("user", "Write."),), facts)
        log.finish(log.begin(request, attempt, None), reply, Cost(0.0, calls=1))
    return log


def test_resumed_run_counts_a_wording_once_that_took_two_attempts():
    log = recorded(
        "wording", 3, Reply(CallStatus.FAILED, error="429"), Reply(CallStatus.REPLIED, WORDING)
    )
    wordings = Wordings(PromptTexts(), operators.ODDS)
    wordings.recall(log)
    for _ in range(2 * EVERY):
        wordings.tell(Proposal(1, "diff", (0,)), 0.0)
    assert wordings.due()  # for the second; the attempt that failed wrote none


def test_wording_that_was_restored_is_not_taken_again():
    log = recorded("wording", 3, Reply(CallStatus.REPLIED, WORDING))
    wordings = Wordings(PromptTexts(), operators.ODDS)
    wordings.recall(log)
    assert not wordings.written(log.all()[0])
    for _ in range(2 * EVERY):
        wordings.tell(Proposal(1, "diff", (0,)), 0.0)
    assert wordings.due()


def test_notes_of_a_resumed_run_are_as_long_as_those_of_the_unbroken_one():
    log = recorded("notes", 3, Reply(CallStatus.REPLIED, WORDS))
    record = SmallRecord()
    resumed = Prompter(record.problem, ModelOptions(), log).notes.text
    unbroken = Prompter(record.problem, ModelOptions(), MemoryLog()).notes
    unbroken.renew(WORDS)
    assert resumed == unbroken.text and len(resumed) < len(WORDS)


def test_resumed_run_has_its_own_notes_and_no_longer_those_it_was_given(tmp_path):
    earlier = opened(tmp_path / "earlier")
    calls, request = StoredCalls(earlier), Request(3, 0, "notes", "m", (Message("user", "Write."),))
    number = calls.begin(request, 0, None)
    calls.finish(number, Reply(CallStatus.REPLIED, "- of the earlier run"), Cost(0.0, calls=1))
    earlier.close()
    options = ModelOptions(notes_from=str(tmp_path / "earlier"))
    problem = SmallRecord().problem
    assert Prompter(problem, options, MemoryLog()).notes.text == (
        "From the run earlier, whose programs have numbers of their own:\n- of the earlier run"
    )
    log = recorded("notes", 3, Reply(CallStatus.REPLIED, "- of its own"))
    assert Prompter(problem, options, log).notes.text == "- of its own"
