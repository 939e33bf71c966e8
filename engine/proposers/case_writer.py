"""Case generators that a model writes and changes, where cases evolve against the programs of a run
(Self-Challenging Agents, arXiv:2506.01716, have tasks written so; SPC, arXiv:2504.19162).

A generator is a table of genes. The model is shown those that are kept, how programs did on each,
and the program that leads; it edits the file with the tables, and its reply is read and applied as
every other. New tables take the places of drawn ones in a generation: the trusted scorer makes
their cases, and a panel of programs judges them, as it does all. A share of all calls caps them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from cladogen.errors import PatchRefused
from cladogen.journal import once
from cladogen.models.asking import Models
from cladogen.models.calls import AnsweredCall, CallLog, CallStatus, ModelCall, Request
from cladogen.patching.policy import Policy
from cladogen.problem import Problem
from cladogen.problem.coevolution import Gene, Genes, ShownCase
from cladogen.program import File, Program
from cladogen.prompts.figures import figure
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    as_messages,
    clip,
    fenced,
    room_beside,
)

PURPOSE = "cases"
FILE = "cases.json"
POLICY = Policy(editable=(FILE,), allow_new_files=False, allow_deleted_files=False)
MOST_TOKENS = 12_000
CODE = 4_000  # tokens of the program that leads


@dataclass(frozen=True, slots=True)
class CaseWriter:
    """Has a model write generators. ``share`` of all calls may be for that; ``ask`` returns the
    call, or why there is none; ``reveal`` undoes other names in a reply.
    """

    problem: Problem
    log: CallLog
    models: Models
    texts: PromptTexts
    share: float
    ask: Callable[[Request], Awaitable[ModelCall | str]]
    nobody_left: Callable[[], str]
    reveal: Callable[[str], str]

    async def write(
        self, ticket: int, cases: Sequence[ShownCase], leader: Program, *, offline: bool = False
    ) -> tuple[Genes, ...]:
        """Return the tables that a model adds or changes, none where it may not be asked, or its
        reply cannot be used; ``offline``: only what is recorded under this ticket.
        """
        tables = [dict(each.genes) for each in cases]

        async def made() -> ModelCall | str:
            if offline or not self._allowed() or self.nobody_left():
                return "not now"
            return await self.ask(self._request(ticket, cases, leader))

        call = await once(AnsweredCall(self.log, ticket, 0, PURPOSE), made)
        if not isinstance(call, ModelCall) or call.reply is None:
            return ()
        whole = call.reply.status is CallStatus.REPLIED
        return written(self.reveal(call.reply.text), tables, self._genes) if whole else ()

    @property
    def _genes(self) -> Sequence[Gene]:
        return self.problem.coevolution.genes

    def _allowed(self) -> bool:
        """Tell whether one more call keeps to the share of all calls."""
        calls = sum(1 for _ in self.log.charges())
        return len(self.log.of_purpose(PURPOSE)) + 1 <= self.share * (calls + 1)

    def _request(self, ticket: int, cases: Sequence[ShownCase], leader: Program) -> Request:
        model = self.models.models[self.models.usable()[0]]
        goal = self.problem.objective
        system = self.texts.fill("cases", objective=goal.name, direction=goal.direction, file=FILE)
        room = room_beside(system, model, MOST_TOKENS)
        code = "\n\n".join(
            f"{path}\n{fenced(file.data.decode(errors='replace'))}"
            for path, file in leader.files.items()
            if self._shows(path, file)
        )
        sections = [
            Section("Problem", clip(self.problem.statement, 2000), 0.4),
            Section("What a case is made from", "\n".join(map(_of_gene, self._genes)), 0.9),
            Section("The program that leads", clip(code, CODE), 0.3),
            Section("What programs have on each table", self._results(cases), 0.8),
            Section(f"{FILE} as it is", fenced(as_text([each.genes for each in cases])), 1.0),
        ]
        messages = as_messages(system, sections, room)
        return Request(ticket, 0, PURPOSE, model.name, messages)

    def _shows(self, path: str, file: File) -> bool:
        """Tell whether a file of the leading program is shown: text that may be changed."""
        return self.problem.policy.may_touch(path) and b"\0" not in file.data

    def _results(self, cases: Sequence[ShownCase]) -> str:
        goal = self.problem.objective
        return "\n".join(
            f"- table {at}: "
            + ", ".join(
                f"program #{number} {'fails' if value is None else figure(goal.sign * value, 4)}"
                for number, value in each.values.items()
            )
            for at, each in enumerate(cases, 1)
        )


def as_text(tables: Sequence[Genes]) -> str:
    """Return tables as the file that a model edits, one a line, without the random seeds."""
    rows = [json.dumps({k: v for k, v in each.items() if k != "seed"}) for each in tables]
    return "[\n" + ",\n".join(f"  {row}" for row in rows) + "\n]\n" if rows else "[]\n"


def written(reply: str, tables: Sequence[Genes], genes: Sequence[Gene]) -> tuple[Genes, ...]:
    """Return the new tables of a reply: those that are whole, within bounds, and not there yet."""
    known = {_key(each, genes) for each in tables}
    found: dict[tuple[float, ...], Genes] = {}
    for value in _values(reply, tables):
        table = _table(value, genes)
        if table is not None and _key(table, genes) not in known:
            found.setdefault(_key(table, genes), table)
    return tuple(found.values())


def _values(reply: str, tables: Sequence[Genes]) -> list[Any]:
    """Return the list that a reply makes of the tables, [] where it makes none."""
    from cladogen.patch import apply_reply  # a run without a model never reads a reply

    before = Program.of({FILE: File(as_text(tables).encode())})
    try:
        after = apply_reply(before, reply, POLICY, ended=True).program
        values = json.loads(after.files[FILE].data)
    except (PatchRefused, KeyError, ValueError, RecursionError):
        return []
    return values if isinstance(values, list) else []


def _table(value: Any, genes: Sequence[Gene]) -> Genes | None:
    """Return a table as the problem states it, None for anything else; the rest is left out."""
    if not isinstance(value, dict):
        return None
    made: dict[str, float] = {}
    for gene in genes:
        number = value.get(gene.name)
        if not _is_within(number, gene):
            return None
        made[gene.name] = round(number) if gene.whole else float(number)
    return made


def _is_within(number: Any, gene: Gene) -> TypeGuard[int | float]:
    """Whether what stands for a gene is a number within its bounds."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return math.isfinite(number) and gene.low <= number <= gene.high


def _key(table: Genes, genes: Sequence[Gene]) -> tuple[float, ...]:
    return tuple(float(table[gene.name]) for gene in genes)


def _of_gene(gene: Gene) -> str:
    kind = "a whole number" if gene.whole else "a number"
    return f"- {gene.name}: {kind} from {gene.low:g} to {gene.high:g}"
