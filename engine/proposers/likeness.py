"""Likeness: refuse, before an evaluation is paid, a program that is almost one that is known.

Two measures: MinHash over runs of four tokens (no model, microseconds) and, when an embedding model
is named, the cosine of embeddings. Equal programs are found elsewhere
(`cladogen.source.novelty.canonical`). The thresholds' measurements are in docs/models.md.
"""

from __future__ import annotations

import json

from cladogen.errors import PatchRefused
from cladogen.ledger import OverBudget
from cladogen.models.asking import Models
from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.prompts.options import ModelOptions
from cladogen.proposers.base import Record
from cladogen.source.novelty import Embeddings, Sketches


class Likeness:
    """Known programs, and whether a new one is too like one of them."""

    def __init__(self, problem: Problem, models: Models, options: ModelOptions) -> None:
        self._problem, self._models, self._options = problem, models, options
        self._sketches, self._sketched = Sketches(), 0
        self._embeddings = Embeddings()
        self._embedder = options.embedder(models)
        if self._embedder is not None:
            self._recall()

    async def check(self, program: Program, record: Record, ticket: int) -> None:
        """Raise PatchRefused ("near-duplicate") for a program that is too like a known one."""
        if self._options.novelty < 1.0:
            self._check_sketch(program, record)
        if self._embedder is not None:
            await self._check_embedding(program, ticket)

    def _check_sketch(self, program: Program, record: Record) -> None:
        while self._sketched < record.size():
            self._sketches.add(
                self._sketched, record.program(self._sketched), self._problem.editable
            )
            self._sketched += 1
        near = self._sketches.nearest(program, self._problem.editable)
        if near is not None and near[1] > self._options.novelty:
            raise PatchRefused(
                "near-duplicate", f"the program is {near[1]:.1%} the same text as #{near[0]}"
            )

    async def _check_embedding(self, program: Program, ticket: int) -> None:
        assert self._embedder is not None
        text = self._text(program)
        try:
            found = await self._models.embed([text], self._embedder, ticket)
        except OverBudget:
            return
        if not found:
            return
        likeness = self._embeddings.likeness(text, found[0])
        if likeness is not None and likeness > self._options.embed_novelty:
            raise PatchRefused(
                "near-duplicate", f"its embedding is {likeness:.3f} like that of a known program"
            )
        self._embeddings.add(text, found[0])

    def _text(self, program: Program) -> str:
        return "\n".join(
            program.text(path) for path in program if matches(path, self._problem.editable)
        )

    def _recall(self) -> None:
        """Take up the embeddings that the run has paid for already."""
        for call in self._models.log.of_purpose("embed"):
            if call.reply is not None and call.reply.text:
                vectors = json.loads(call.reply.text)
                for message, vector in zip(call.request.messages, vectors, strict=True):
                    self._embeddings.add(message.text, vector)
