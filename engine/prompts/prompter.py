"""The prompter: whole prompts for a plan, for a model or for a person, within the model's token
budget.

What stays the same through a run is the first message, so that a provider that keeps prefixes has
it once; then follows what belongs to the parent, then what changes with every result, and last the
task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.models.calls import CallLog, Message
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.prompts import code, scores
from cladogen.prompts.context import Context
from cladogen.prompts.notes import Background, RunNotes, last_notes
from cladogen.prompts.operators import ODDS, Plan, repair_text
from cladogen.prompts.options import AUTO, ModelOptions
from cladogen.prompts.others import Other
from cladogen.prompts.rules import read_only, rules
from cladogen.prompts.sections import PromptTexts, Section, assemble, clip, count_tokens, plain
from cladogen.prompts.surroundings import NOTHING_KNOWN, Surroundings
from cladogen.prompts.tried import tried
from cladogen.proposal import Proposal
from cladogen.record.base import Record
from cladogen.record.steering import WISHES
from cladogen.result import Result

STEER = WISHES
WHOLE = frozenset(("rewrite", "cross", "paradigm"))  # operators whose answer is a whole file
AUTO_FORMS = ("diff", "whole")
SHORT = 10_000  # bytes of files that may change, up to which whole files are asked for


@dataclass(frozen=True, slots=True)
class Failed:
    """A proposal that came to nothing; ``status`` is how its child failed, None when there is no
    child.
    """

    proposal: Proposal
    result: Result
    status: Status | None


class Prompter:
    """Makes prompts about one problem; ``log`` holds the run's earlier calls."""

    def __init__(
        self,
        problem: Problem,
        options: ModelOptions,
        log: CallLog,
        surroundings: Surroundings = NOTHING_KNOWN,
    ) -> None:
        self.problem, self.options, self._log = problem, options, log
        self.surroundings = surroundings
        self.texts = PromptTexts(problem.folder)
        self.notes = RunNotes(options.carried_notes() or last_notes(log))
        self.background = Background.of(problem.folder)

    def context(self, record: Record) -> Context:
        """Return the context of a prompt made now."""
        return Context(self.problem, record, self.surroundings)

    def messages(
        self, plan: Plan, context: Context, model: Model, form: str
    ) -> tuple[Message, ...]:
        """Return the whole prompt for a plan."""
        tokens = min(model.prompt_tokens, self.options.context)
        context = replace(context, alone=plan.alone)
        system = self.system(tokens, form)
        left = tokens - count_tokens(system)
        asked = self._asked(plan, form) if form else ""
        task = Section("Task", f"{plan.instruction}\n\n{asked}")
        text = assemble([*self.sections(plan, context, left), task], left)
        return (Message("system", system), Message("user", text))

    def system(self, tokens: int, form: str) -> str:
        """Return the first message: what is the same in every prompt, the forms of the answer among
        it ("": none is asked for).
        """
        seed = self.problem.seeds[0]
        sections = [
            Section("", self.texts.fill("system")),
            *self.fixed(),
            read_only(self.problem, seed, int(tokens * 0.3)),
            *(self.form_section(each) for each in (self.forms(form) if form else ())),
        ]
        return assemble(sections, tokens)

    def forms(self, asked: str) -> tuple[str, ...]:
        """Return the forms that the first message explains: those that this run may ask for."""
        usual = AUTO_FORMS if self.options.form == AUTO else (self.options.form,)
        return usual if asked in usual else (*usual, asked)

    def form_section(self, form: str) -> Section:
        return Section(f"Form of the answer: {form}", self.form_text(form))

    def sections(self, plan: Plan, context: Context, tokens: int) -> list[Section]:
        """Return what a prompt shows of the run."""
        parent, others = plan.parents[0], plan.others
        program = context.record.program(parent)
        score = context.record.score(parent)
        about = f"{self.problem.statement}\n{score.feedback if score is not None else ''}"
        mine = code.files(program, context.editable(program), int(tokens * 0.5))
        numbers = [other.number for other in others]
        return [
            Section(f"Program #{parent}, the one to change", mine, 1.0),
            scores.failure(context, parent),
            self.background.section(about, int(tokens * 0.15)),
            scores.scores(context, parent, numbers),
            scores.cases(context, parent),
            scores.examples(context, parent),
            scores.resources(context, [parent] if context.best is None else [parent, context.best]),
            *self._others(context, parent, others, int(tokens * 0.35)),
            tried(context, parent, whole=not plan.alone),
            self.notes.section(),
            Section("Wishes of the person who runs this search", self._steering(), 0.1),
        ]

    def repair_messages(
        self, failed: Failed, again: Proposal, context: Context, model: Model
    ) -> tuple[Message, ...]:
        """Return the prompt for a second answer: the failed child shown anew, or the conversation
        with the refusal.
        """
        limits, form, proposal = self.problem.limits, again.form, failed.proposal
        limit = (
            f"{limits.memory_mb} MiB"
            if failed.status is Status.OUT_OF_MEMORY
            else f"{limits.time_s:g} s"
        )
        text = self.texts.fill(
            repair_text(proposal.code, failed.status),
            parent=again.parents[0],
            limit=limit,
            reason=plain(failed.result.reason or proposal.reason),
            editable=", ".join(self.problem.editable),
        )
        if failed.status is not None:
            return self.messages(Plan("repair", again.parents, (), text), context, model, form)
        asked = self._log.under(proposal.ticket, proposal.repairs)
        before = next(
            (call.request.messages for call in asked if call.request.purpose == proposal.operator),
            (),
        )
        answer = self.texts.fill(f"answer_{form}", parent=again.parents[0])
        last = f"{text}\n\n{self.form_text(form)}\n\n{answer}"
        room = (
            model.prompt_tokens
            - sum(count_tokens(message.text) for message in before)
            - count_tokens(last)
        )
        said = clip(proposal.reply, room) if room > 0 else ""
        return (*before, Message("assistant", said or "(not shown)"), Message("user", last))

    def check_fits(self, model: Model) -> None:
        """Raise ConfigError when what is never trimmed does not fit into a model's prompt, with any
        operator.
        """
        tokens = min(model.prompt_tokens, self.options.context)
        longest = max((self.texts.fill(f"operator_{name}") for name in ODDS), key=len)
        fixed = [
            Section("", self.texts.fill("system")),
            *self.fixed(),
            *(self.form_section(form) for form in self.forms("diff")),
            Section("Task", longest),
        ]
        try:
            assemble(fixed, tokens)
        except ConfigError as error:
            raise ConfigError(f"{model.name}: {error}") from error

    def fixed(self) -> list[Section]:
        """Return the statement and the rules; never trimmed."""
        seed = self.problem.seeds[0]
        return [
            Section("Problem", self.problem.statement),
            rules(self.problem, seed, self.surroundings),
        ]

    def form_for(self, plan: Plan, context: Context, model: Model) -> str:
        """Return the form of answer to ask for: what the user named; else whole files where most of
        a short program is written anew, and a diff.
        """
        if self.options.form != AUTO:
            return self.options.form
        program = context.record.program(plan.parents[0])
        size = code.size(context, program)
        short = size <= SHORT and size / 3 <= model.output / 2
        return "whole" if plan.operator in WHOLE and short else "diff"

    def form_text(self, form: str) -> str:
        """Return the words that say how to answer."""
        objective = self.problem.objective
        example = "-0.4" if objective.direction == "minimize" else "+0.4"
        return self.texts.fill(f"format_{form}", objective=objective.name, example=example)

    def _asked(self, plan: Plan, form: str) -> str:
        """Return the words that ask for the answer, or for several."""
        parent, count = plan.parents[0], self.options.candidates
        asked = self.texts.fill(f"answer_{form}", parent=parent)
        if count == 1 or plan.operator == "repair":
            return asked
        return f"{asked}\n\n{self.texts.fill('answer_candidates', parent=parent, count=count)}"

    def _others(
        self, context: Context, parent: int, others: Sequence[Other], tokens: int
    ) -> list[Section]:
        """Return a section for each program beside the parent, with its code."""
        sections = []
        for each in others:
            body = code.other(context, parent, each.number, tokens)
            tokens = max(0, tokens - count_tokens(body))
            sections.append(Section(each.title, f"{each.why}\n\n{body}".strip(), 0.35))
        return sections

    def _steering(self) -> str:
        path = self.problem.folder.parent / STEER
        return plain(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ""
