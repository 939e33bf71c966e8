"""The prompter: whole prompts for a plan, for a model or for a person, within the model's token
budget.
"""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.models.calls import CallLog, Message
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.prompts.context import Context, rules
from cladogen.prompts.notes import Background, RunNotes, last_notes
from cladogen.prompts.operators import ODDS, Plan, repair_text
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.sections import PromptTexts, Section, assemble, clip, count_tokens, plain
from cladogen.proposal import Proposal

STEER = "steer.md"  # in the run folder: what a person wants heeded, read anew for each prompt


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

    def __init__(self, problem: Problem, options: ModelOptions, log: CallLog) -> None:
        self.problem, self.options, self._log = problem, options, log
        self.texts = PromptTexts(problem.folder)
        self.notes = RunNotes(options.notes_every, options.carried_notes() or last_notes(log))
        self.background = Background.of(problem.folder)

    def messages(
        self, plan: Plan, context: Context, model: Model, form: str
    ) -> tuple[Message, ...]:
        """Return the whole prompt for a plan."""
        parent = plan.parents[0]
        tokens = min(model.prompt_tokens, self.options.context)
        system = self.texts.fill("system")
        feedback = context.feedback(parent)
        about = f"{self.problem.statement}\n{feedback.body}\n{plan.instruction}"
        program = context.record.program(parent)
        sections = [
            Section("Problem", self.problem.statement),
            rules(self.problem, self.problem.seeds[0]),
            context.files(program, f"Program #{parent}", int(tokens * 0.6), feedback.body),
            context.scores(parent),
            feedback,
            context.others(parent, plan.others[:4], int(tokens * 0.3)),
            context.tried(parent),
            context.ancestry(parent),
            self.notes.section(),
            self.background.section(about, int(tokens * 0.15)),
            Section("Wishes of the person who runs this search", self._steering(), 0.1),
            *self.fixed_after(plan.instruction, form),
        ]
        return (
            Message("system", system),
            Message("user", assemble(sections, tokens - count_tokens(system))),
        )

    def repair_messages(
        self, failed: Failed, again: Proposal, context: Context, model: Model
    ) -> tuple[Message, ...]:
        """Return the prompt for a second try: the failed child shown anew, or the conversation with
        the refusal.
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
        last = f"{text}\n\n{self.form_text(form)}"
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
            Section("Problem", self.problem.statement),
            rules(self.problem, self.problem.seeds[0]),
        ]
        fixed += self.fixed_after(longest, self.options.form)
        try:
            assemble(fixed, tokens - count_tokens(self.texts.fill("system")))
        except ConfigError as error:
            raise ConfigError(f"{model.name}: {error}") from error

    def fixed_after(self, instruction: str, form: str) -> list[Section]:
        """Return the sections that come last, where models heed them most; never trimmed either."""
        return [Section("Task", instruction), Section("Form of the answer", self.form_text(form))]

    def form_text(self, form: str) -> str:
        """Return the words that say how to answer."""
        objective = self.problem.objective
        example = "-0.4" if objective.direction == "minimize" else "+0.4"
        return self.texts.fill(f"format_{form}", objective=objective.name, example=example)

    def _steering(self) -> str:
        path = self.problem.folder.parent / STEER
        return plain(path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ""
