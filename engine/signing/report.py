"""A report: what ships from a run, by hash, with what each case gave; and the signed file of it."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cladogen
from cladogen.errors import ConfigError
from cladogen.evaluation import Evaluation
from cladogen.problem import Problem
from cladogen.problem.edits import folder_hash
from cladogen.signing.keys import own_key, public_hex

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader

FORMAT = "cladogen report 1"
SIGNED = {"report", "public_key", "signature"}  # all that a signed file holds


def run_report_to_sign(run: RunReader, number: int) -> dict[str, Any]:
    """Return the report of one program of a run."""
    problem = run.problem
    rows = {split: run.evaluations(split, number).get(number, []) for split in ("train", "heldout")}
    if not rows["train"]:
        raise ConfigError(f"{run.folder}: program #{number} was not measured; nothing to sign")
    verdict = str(run.final["sentence"]) if run.final and number == run.ships else ""
    caps = asdict(run.settings.caps)
    return {
        "format": FORMAT,
        "versions": {"cladogen": cladogen.__version__, "python": platform.python_version()},
        "problem": {"name": problem.name, "variant": problem.variant, **hashes(problem)},
        "seed": run.settings.seed,
        "program": {"number": number, "tree": run.entries[number].node.program},
        "sandbox": _sandbox(run),
        "certified": not problem.reported,
        "objective": {"name": problem.objective.name, "direction": problem.objective.direction},
        "results": {split: case_values(problem, found) for split, found in rows.items()},
        "verdict": verdict,
        "budget": {
            "caps": {name: cap for name, cap in caps.items() if cap is not None},
            "programs": run.size,
            "seconds": round(run.store.seconds(), 3),
        },
        "at": int(time.time()),
    }


def _sandbox(run: RunReader) -> dict[str, Any]:
    """Return the image that the run was last begun or continued with."""
    begun = [event.body for event in run.store.events("begin")]
    return {key: begun[-1].get(key, "") for key in ("image", "digest")} if begun else {}


def hashes(problem: Problem) -> dict[str, str]:
    """Return the SHA-256 of a problem's folder and of its scorer."""
    scorer = hashlib.sha256(problem.scorer.read_bytes()).hexdigest()
    return {"sha256": folder_hash(problem.folder), "scorer_sha256": scorer}


def case_values(problem: Problem, rows: Sequence[Evaluation]) -> dict[str, float | None]:
    """Return the objective for each case, the mean over repeated measurements; None for a case on
    which the program failed.
    """
    found: dict[str, list[float | None]] = {}
    for row in rows:
        found.setdefault(row.case, []).append(row.metrics.get(problem.objective.name))
    return {case: _mean(values) for case, values in sorted(found.items())}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def signed(report: dict[str, Any]) -> dict[str, Any]:
    """Return the file's content: the report, the public key and the signature."""
    key = own_key()
    return {
        "report": report,
        "public_key": public_hex(key),
        "signature": key.sign(canonical(report)).hex(),
    }


def canonical(report: dict[str, Any]) -> bytes:
    """Return the bytes that are signed: JSON with sorted keys and no spaces."""
    return json.dumps(report, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read_signed(path: Path) -> dict[str, Any]:
    """Return a signed file's report and key; ConfigError when it is none or was changed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_table)
        if unsigned := content.keys() - SIGNED:
            raise ConfigError(f"{path}: {', '.join(sorted(unsigned))}: not signed; take it out")
        report, public = content["report"], bytes.fromhex(content["public_key"])
        signature = bytes.fromhex(content["signature"])
        if report["format"] != FORMAT:
            raise ConfigError(f"{path}: {report['format']!r}, and this version reads {FORMAT!r}")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(report))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except InvalidSignature:
        raise ConfigError(f"{path}: the signature is not of this report: it was changed") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f"{path}: not a signed report of evolve sign") from None
    return dict(content)


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a table of JSON; ValueError for a key that occurs twice, of which a reader may take
    the one that was not signed.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice")
    return found
