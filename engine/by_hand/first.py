"""A problem without a seed program: a person or an outside agent writes the first one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from cladogen.by_hand.prompts import joined, model_options
from cladogen.events import Observer
from cladogen.models.model import Model
from cladogen.prompts import operators
from cladogen.prompts.prompter import Prompter
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Proposal
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.run import Run
from cladogen.search.streams import stream
from cladogen.session import open_judging
from cladogen.session.assemble import build, surroundings_of
from cladogen.session.first_programs import Draft, Drafts, draft_of, judged, keep_those_that_run
from cladogen.settings import Settings
from cladogen.task import Propose

TICKET = 0  # under which a seed program is measured, too


async def ask_first(store: Store, observer: Observer, asker: str) -> str:
    """Return the prompt that asks for a first program; the store is closed on the way out."""
    async with _blank_run(store, observer) as run:
        task = Propose(TICKET, (0,), hint=operators.FIRST)
        around, calls = surroundings_of(run.store), StoredCalls(run.store)
        prompter = Prompter(run.problem, model_options(run), calls, around)
        context = prompter.context(Drafts(run.problem, run.problem.seeds[0]))
        rng = stream(run.seed, "desk", TICKET)
        plan = operators.plan(operators.FIRST, task, context, prompter.texts, rng)
        form = prompter.form_for(plan, context, Model(asker))
        return joined(prompter.messages(plan, context, Model(asker), form))


async def tell_first(store: Store, observer: Observer, reply: str) -> Draft:
    """Take a first program; one that runs is what the run begins with. Closes the store."""
    async with _blank_run(store, observer) as run:
        record = Drafts(run.problem, run.problem.seeds[0])
        asked = Proposal(TICKET, operators.FIRST, (0,))
        proposal, program = read_reply(asked, reply, run.problem, record)
        if program is None:
            return Draft(None, None, f"{proposal.code}: {proposal.reason}")
        draft = draft_of(run.problem, program, await judged(run, TICKET, program))
        keep_those_that_run(run.store.folder, [draft])
        return draft


@contextlib.asynccontextmanager
async def _blank_run(store: Store, observer: Observer) -> AsyncIterator[Run]:
    """Open the run over a problem that begins with a blank program."""
    settings = Settings.from_json(store.meta()["settings"])
    with contextlib.closing(store):
        async with open_judging(store, settings, observer, read=True) as (problem, evaluator, _):
            blank = replace(problem, seeds=problem.begins_with)
            yield build(store, settings, blank, evaluator, observer, by_hand=True)
