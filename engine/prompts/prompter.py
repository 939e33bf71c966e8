"""The prompter: whole prompts for a plan, for a model or for a person, within the model's token
budget.

What stays the same through a run is the first message, so that a provider that keeps prefixes has
it once; then follows what belongs to the parent, then what changes with every result, and last the
task.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.ledger import Ledger, Unlimited
from cladogen.models.calls import CallLog, Message
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.prompts import code, contrast, in_full, pictures, restored, scores
from cladogen.prompts.attempts import attempts
from cladogen.prompts.carried import named_runs, read_carried, titled
from cladogen.prompts.context import Context
from cladogen.prompts.memory import RunMemory
from cladogen.prompts.notes import Background, RunNotes, last_notes
from cladogen.prompts.operators import FIRST, ODDS, PromptPlan, repair_text
from cladogen.prompts.options import AUTO, ModelOptions
from cladogen.prompts.others import Other, others
from cladogen.prompts.progress import progress
from cladogen.prompts.resource_use import resources
from cladogen.prompts.restored import Descents, Restored, descents_of
from cladogen.prompts.rules import missing_package, read_only, rules
from cladogen.prompts.run_facts import RunFacts
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    assemble,
    clip,
    count_tokens,
    fenced,
    plain,
    sentence,
)
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.prompts.tried import tried
from cladogen.proposal import Outcome, Proposal
from cladogen.record.base import Record
from cladogen.record.steering import WISHES
from cladogen.result import Result
from cladogen.task import Propose

STEER = WISHES
WHOLE = frozenset(("rewrite", "cross", "paradigm"))  # operators whose answer is a whole file
AUTO_FORMS = ("diff", "whole")
REJECTED = 500  # tokens of an answer that failed
PICTURE_TOKENS = 1_600  # of a prompt's room, for each
SHORT = 10_000  # bytes of files that may change, up to which whole files are asked for


@dataclass(frozen=True, slots=True)
class Failed:
    """A proposal that came to nothing; ``status`` is how its child failed, None when there is no
    child.
    """

    proposal: Proposal
    result: Result
    status: Status | None

    @staticmethod
    def of(proposal: Proposal, result: Result) -> Failed:
        """Return what is to be repaired of a result."""
        if result.outcome is not Outcome.ACCEPTED or result.program is None:
            return Failed(proposal, result, None)
        if result.score is not None:
            return Failed(proposal, result, result.score.status)
        return Failed(proposal, result, status_of(result))


def status_of(result: Result) -> Status | None:
    """Return how a program's evaluations ended: the first failure among them, None without any."""
    failed = next((row.status for row in result.evaluations if row.status is not Status.OK), None)
    return failed or (Status.OK if result.evaluations else None)


def _notes_of(
    options: ModelOptions, log: CallLog, carried: Mapping[str, str] | None
) -> RunNotes | RunMemory:
    """Return what a run has noted, as its options want it; from earlier runs at first, as the
    record has it, or as it is read where no record has it yet.
    """
    carried = _carried_notes(named_runs(options.notes_from), carried or {})
    if options.memory:
        return RunMemory(log, titled(carried).items(), reverts=options.memory_learn)
    return RunNotes(last_notes(log), titled(carried).items())


def _carried_notes(names: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the notes of other runs, read where they are not known."""
    there = {run: known[run] for run in names if run in known}
    return there | read_carried(run for run in names if run not in known)


def _idea_of(failed: Failed, context: Context) -> str:
    """Return the idea of a child that failed, with what repairs made of it."""
    ticket = failed.proposal.ticket
    attempt = next((each for each in attempts(context) if each.ticket == ticket), None)
    return attempt.idea if attempt is not None else failed.proposal.summary


class Prompter:
    """Makes prompts about one problem; ``log`` holds the run's earlier calls."""

    def __init__(
        self,
        problem: Problem,
        options: ModelOptions,
        log: CallLog,
        surroundings: Surroundings = NOTHING_KNOWN,
        budget: Ledger | None = None,
    ) -> None:
        self.problem, self.options, self._log = problem, options, log
        self._budget = budget or Unlimited()
        self.surroundings = surroundings
        self.texts = PromptTexts(problem.folder)
        self.notes: RunNotes | RunMemory = _notes_of(options, log, surroundings.carried)
        self.background = Background.of(problem.folder, surroundings.history)
        self._wishes = problem.folder.parent / STEER
        self._descents: Descents | None = None
        self._facts: RunFacts | None = None
        # Of the first message only the texts of a user may change while a run goes on.
        self._read_only = lru_cache(maxsize=16)(self._files)
        self._assembled = lru_cache(maxsize=16)(assemble)

    def context(self, record: Record) -> Context:
        """Return the context of a prompt made now."""
        if self._facts is None or self._facts.record is not record:
            self._facts = RunFacts(self.problem, record)
        budget = self._budget
        return Context(
            self.problem, record, self.surroundings, made=budget.proposals_made,
            expected=budget.proposals_expected, kept=self._facts,
        )  # fmt: skip

    def messages(
        self, plan: PromptPlan, context: Context, model: Model, form: str
    ) -> tuple[Message, ...]:
        """Return the whole prompt for a plan."""
        tokens = min(model.prompt_tokens, self.options.context)
        context = context.seen(alone=plan.alone)
        system = self.system(tokens, form)
        drawn = self._drawn(plan, context, model) if form else []  # an agent gets words alone
        left = tokens - count_tokens(system) - PICTURE_TOKENS * len(drawn)
        asked = self._asked(plan, form, self._short(context, plan, model)) if form else ""
        far = progress(context) if plan.operator != FIRST else ""
        said = (plan.instruction, far, asked)
        task = Section("Task", "\n\n".join(filter(None, said)))
        shown = [*self.sections(plan, context, left), pictures.section(context, drawn), task]
        urls = tuple(each.url for each in drawn)
        return (Message("system", system), Message("user", assemble(shown, left), urls))

    def _drawn(self, plan: PromptPlan, context: Context, model: Model) -> list[pictures.Drawn]:
        """Return the pictures that go beside a prompt."""
        if plan.operator == FIRST:
            return []
        return pictures.pictures(context, plan.parents[0], model, self.options.pictures)

    def system(self, tokens: int, form: str) -> str:
        """Return the first message: what is the same in every prompt, the forms of the answer among
        it ("": none is asked for).
        """
        sections = (
            Section("", self.texts.fill("system")),
            *self.fixed(),
            self._read_only(int(tokens * 0.3)),
            *(self.form_section(each) for each in (self.forms(form) if form else ())),
        )
        return self._assembled(sections, tokens)

    def forms(self, asked: str) -> tuple[str, ...]:
        """Return the forms that the first message explains: those that this run may ask for."""
        usual = AUTO_FORMS if self.options.form == AUTO else (self.options.form,)
        return usual if asked in usual else (*usual, asked)

    def form_section(self, form: str) -> Section:
        return Section(f"Form of the answer: {form}", self.form_text(form))

    def sections(self, plan: PromptPlan, context: Context, tokens: int) -> list[Section]:
        """Return what a prompt shows of the run."""
        wishes = Section("Wishes of the person who runs this search", self._steering(), 0.1)
        if plan.operator == FIRST:
            return [in_full.example_input(context), wishes]
        parent, others = plan.parents[0], plan.others
        program = context.record.program(parent)
        score = context.record.score(parent)
        about = f"{self.problem.statement}\n{score.feedback if score is not None else ''}"
        mine = code.files(program, context.editable(program), int(tokens * 0.5))
        numbers = [other.number for other in others]
        measured = [parent] if context.best is None else [parent, context.best]
        parted = [contrast.section(context, parent)] if self.options.contrast else []
        return [
            Section(f"Program #{parent}, the one to change", mine, 1.0),
            scores.failure(context, parent),
            self.background.section(about, int(tokens * 0.15)),
            scores.scores(context, parent, numbers),
            scores.cases(context, parent),
            in_full.examples(context, parent),
            resources(context, measured),
            *self._others(context, parent, others, int(tokens * 0.35)),
            tried(context, parent, whole=not plan.alone),
            *parted,
            restored.section(self._restored(context, parent), parent),
            Section("Answers to this task that failed before", plan.rejected, 0.15),
            self.notes.section(f"{plan.instruction}\n{about}\n{mine}", plan.memory),
            Section("What this island of the search is after", plan.focus, 0.05),
            wishes,
        ]

    def _restored(self, context: Context, number: int) -> Restored:
        """Return what came back in the line of a program."""
        if self._descents is None:
            self._descents = descents_of(context.record, self.problem)
        return self._descents.along(number)

    def repair_messages(
        self, failed: Failed, again: Proposal, context: Context, model: Model
    ) -> tuple[Message, ...]:
        """Return the prompt for a second answer: the failed child shown anew, or the conversation
        with the refusal.
        """
        form, proposal = again.form, failed.proposal
        text = self.texts.fill(
            repair_text(proposal.code, failed.status, reported=self.problem.reported),
            parent=again.parents[0],
            limit=self._limit_of(failed.status),
            reason=plain(context.seen_frames.seen(failed.result.reason or proposal.reason)),
            editable=", ".join(self.problem.editable),
        )
        if failed.status is not None:
            plan = self._repair_plan(failed, again, context, text)
            plan = replace(plan, rejected=self._rejected(proposal))
            return self.messages(plan, replace(context, pending=failed.result), model, form)
        before = self._prompt_of(proposal)
        answer = self.texts.fill(f"answer_{form}", parent=again.parents[0])
        last = f"{text}\n\n{self.form_text(form)}\n\n{answer}"
        room = (
            model.prompt_tokens
            - sum(count_tokens(message.text) for message in before)
            - count_tokens(last)
        )
        said = clip(proposal.reply, room) if room > 0 else ""
        return (*before, Message("assistant", said or "(not shown)"), Message("user", last))

    def _limit_of(self, status: Status | None) -> str:
        """Return the limit that a failure is about: memory, else time."""
        limits = self.problem.limits
        if status is Status.OUT_OF_MEMORY:
            return f"{limits.memory_mb} MiB"
        return f"{limits.time_s:g} s"

    def _prompt_of(self, proposal: Proposal) -> tuple[Message, ...]:
        """Return the prompt that a proposal answers."""
        asked = self._log.under(proposal.ticket, proposal.repairs)
        fit = (call.request for call in asked if call.request.purpose == proposal.operator)
        return next((request.messages for request in fit), ())

    def _rejected(self, proposal: Proposal) -> str:
        """Name the answers to this task that failed before the last one, whose child is shown."""
        rounds = range(proposal.repairs if self.options.rejected else 0)
        replies = (text for round_ in rounds for text in self._replies(proposal.ticket, round_))
        said = [fenced(clip(plain(text), REJECTED)) for text in replies]
        if not said:
            return ""
        return "\n\n".join(["Give none of them again.", *said])

    def _replies(self, ticket: int, round_: int) -> list[str]:
        """Return what models answered in one round of a task."""
        calls = self._log.under(ticket, round_)
        texts = (call.reply.text for call in calls if call.reply is not None)
        return [text for text in texts if text.strip()]

    def _repair_plan(
        self, failed: Failed, again: Proposal, context: Context, text: str
    ) -> PromptPlan:
        """Return what to ask for of a child that failed: with its idea, beside the best program."""
        task = failed.result.task
        alone = isinstance(task, Propose) and task.alone
        idea = _idea_of(failed, context)
        if idea:
            text = f"{text} The idea was: {sentence(idea)}"
        absent = missing_package(failed.result.reason, context.record.program(again.parents[0]))
        if absent:
            text = f"{text} There is no {absent} where the program runs, so do it without."
        shown = () if alone else tuple(others(context, again.parents[0], ())[:1])
        return PromptPlan("repair", again.parents, shown, text, alone)

    def check_fits(self, model: Model) -> None:
        """Raise ConfigError when what is never trimmed does not fit into a model's prompt, with any
        operator.
        """
        tokens = min(model.prompt_tokens, self.options.context)
        longest = max((self.texts.fill(f"operator_{name}") for name in ODDS), key=len)
        fixed = [
            Section("", self.texts.fill("system")),
            *self.fixed(),
            *map(self.form_section, self.forms("diff")),
            Section("Task", longest),
        ]
        try:
            assemble(fixed, tokens)
        except ConfigError as error:
            raise ConfigError(f"{model.name}: {error}") from error

    def fixed(self) -> list[Section]:
        """Return the statement and the rules; never trimmed."""
        return [Section("Problem", self.problem.statement), self._rules]

    @cached_property
    def _rules(self) -> Section:
        return rules(self.problem, self.problem.begins_with[0], self.surroundings)

    def _files(self, tokens: int) -> Section:
        return read_only(self.problem, self.problem.begins_with[0], tokens)

    def form_for(self, plan: PromptPlan, context: Context, model: Model) -> str:
        """Return the form of answer to ask for: what the user named; else whole files where most of
        a short program is written anew, and a diff.
        """
        if plan.operator == FIRST:
            return "whole"
        if self.options.form != AUTO:
            return self.options.form
        return "whole" if plan.operator in WHOLE and self._short(context, plan, model) else "diff"

    def repair_form(self, failed: Failed) -> str:
        """Return the form of a second answer: of the same change the first one's, of a program that
        failed the shortest, since it asks for the smallest change.
        """
        asked = failed.proposal.form or "diff"
        return "diff" if failed.status is not None and self.options.form == AUTO else asked

    def _short(self, context: Context, plan: PromptPlan, model: Model) -> bool:
        """Tell whether the files that may change are short enough to be written out."""
        size = code.size(context, context.record.program(plan.parents[0]))
        return size <= SHORT and size / 3 <= model.output / 2

    def form_text(self, form: str) -> str:
        """Return the words that say how to answer."""
        objective = self.problem.objective
        example = "-0.4" if objective.direction == "minimize" else "+0.4"
        return self.texts.fill(f"format_{form}", objective=objective.name, example=example)

    def _asked(self, plan: PromptPlan, form: str, short: bool) -> str:
        """Return the words that ask for the answer, or for several. Of ``short`` files a diff that
        rewrites most would be the longer answer, so that either form is asked for.
        """
        if plan.operator == FIRST:
            return self.texts.fill("answer_first")
        parent = plan.parents[0]
        either = form == "diff" and short and self.options.form == AUTO
        asked = self.texts.fill("answer_either" if either else f"answer_{form}", parent=parent)
        more = () if plan.operator == "repair" else self._asked_besides(parent)
        return "\n\n".join([asked, *more])

    def _asked_besides(self, parent: int) -> Iterator[str]:
        """Yield the words that let a model try changes, and that ask for several answers."""
        if self.options.tries:
            yield self.texts.fill("tries", parent=parent, most=self.options.tries)
        if self.options.candidates != 1:
            count = self.options.candidates
            yield self.texts.fill("answer_candidates", parent=parent, count=count)

    def _others(
        self, context: Context, parent: int, others: Sequence[Other], tokens: int
    ) -> list[Section]:
        """Return a section for each program beside the parent, with its code: of one that is much
        like another that is shown, the difference.
        """
        sections: list[Section] = []
        whole: list[int] = []
        for each in others:
            body = code.other(context, parent, each.number, tokens, whole)
            if not body.startswith(code.AS_DIFFERENCE):
                whole += [each.number] * code.fits(context, parent, each.number, tokens)
            tokens = max(0, tokens - count_tokens(body))
            sections.append(Section(each.title, f"{each.why}\n\n{body}".strip(), 0.35))
        return sections

    def _steering(self) -> str:
        path = self._wishes
        return plain(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ""
