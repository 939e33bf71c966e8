"""Requests, replies and offers as bytes: JSON, so that nothing of one version's classes reaches
another's, and no pickle of ours is ever read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.program import File, Program
from cladogen.remote.base import Offer

AWAY = b"away: "  # a reply that begins so says why: what the machine needs is away for now


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """Programs to evaluate: one on ``cases`` (None: all of training, through the stages), or, with
    ``trials``, the variants of the first on all of training.

    ``output_mb`` is the limit of answers that the seed programs' answers set, None until then.
    """

    programs: tuple[Program, ...]
    cases: tuple[str, ...] | None = None
    seed: int = 0
    fresh: bool = False
    trials: bool = False
    output_mb: float | None = None


@dataclass(frozen=True, slots=True)
class EvaluationReply:
    """What came of a request. ``error`` says why nothing did: something is not as it must be."""

    evaluations: tuple[Evaluation, ...] = ()
    scores: tuple[Score, ...] = ()
    output_mb: float | None = None
    error: str = ""


def pack_request(request: EvaluationRequest) -> bytes:
    values = _values(request)
    values["programs"] = list(map(_files, request.programs))
    return json.dumps(values).encode()


def read_request(data: bytes) -> EvaluationRequest:
    values = json.loads(data)
    cases = values["cases"]
    given = {
        "programs": tuple(map(_program, values["programs"])),
        "cases": None if cases is None else tuple(cases),
    }
    return EvaluationRequest(**{**values, **given})


def pack_reply(reply: EvaluationReply) -> bytes:
    values = _values(reply)
    values["evaluations"] = list(map(asdict, reply.evaluations))
    values["scores"] = list(map(asdict, reply.scores))
    return json.dumps(values).encode()


def read_reply(data: bytes) -> EvaluationReply:
    values = json.loads(data)
    given = {
        "evaluations": tuple(map(_evaluation, values["evaluations"])),
        "scores": tuple(map(_score, values["scores"])),
    }
    return EvaluationReply(**{**values, **given})


def pack_offer(offer: Offer) -> bytes:
    return json.dumps(_values(offer)).encode()


def read_offer(data: bytes) -> Offer:
    values = json.loads(data)
    lists = {name: tuple(values[name]) for name in ("train", "heldout", "notices")}
    return Offer(**{**values, **lists})


def _values(message: EvaluationRequest | EvaluationReply | Offer) -> dict[str, Any]:
    return {each.name: getattr(message, each.name) for each in fields(message)}


def _files(program: Program) -> dict[str, list[Any]]:
    return {
        path: [base64.b64encode(file.data).decode(), file.executable]
        for path, file in program.files.items()
    }


def _program(files: dict[str, Sequence[Any]]) -> Program:
    return Program.of(
        {path: File(base64.b64decode(data), bool(runs)) for path, (data, runs) in files.items()}
    )


def _evaluation(row: dict[str, Any]) -> Evaluation:
    return Evaluation(**{**row, "status": Status(row["status"]), "usage": Usage(**row["usage"])})


def _score(row: dict[str, Any]) -> Score:
    lists = {name: tuple(row[name]) for name in ("objectives", "features")}
    return Score(**{**row, **lists, "status": Status(row["status"])})
