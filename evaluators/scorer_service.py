"""The trusted process: loads a problem's scorer, hands out cases, decodes an output as hostile
data, scores it.

Run as ``python -m cladogen.evaluators.scorer_service SCORER``. It never loads a program's code; it
is contained all the same, because its parsers see bytes that a candidate chose. Requests and
replies are `cladogen.evaluators.messages`:

    open      parameters                    -> cases: name, split, which of the distinct inputs;
                                            then those inputs
    score     outputs: cases, size, work;   -> for each output a verdict for each of its cases, and
              preview; then the outputs        so many characters of it in words
    describe  texts of the editable files   -> metrics of the text

Once it has its cases, forks of it answer (`cladogen.sandboxes.line.dispatch`): a slow output holds
up no other.
"""

from __future__ import annotations

import importlib.util
import math
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from cladogen.evaluators import messages
from cladogen.evaluators.preview import preview
from cladogen.sandboxes import wire
from cladogen.scoring import Case, Invalid, Scored

_MOST_FORKS = 4
_OWN_THREADS = 2  # this one, and the one that watches for the engine's end
Header = dict[str, Any]


class Defect(Exception):  # noqa: N818  (the scorer's, not ours)
    """The scorer did something a scorer must not; the text is one line."""


class ProgramTexts(dict[str, str]):
    """The texts of a program; asking for a file that the program deleted is the program's fault,
    not the scorer's.
    """

    def __missing__(self, path: str) -> str:
        raise Invalid(f"the program has no file {path}")


class ScorerService:
    """Answer requests about one scorer file."""

    def __init__(self, scorer: Path) -> None:
        self.path = scorer
        self.module: ModuleType | None = None
        self.cases: dict[str, Case] = {}

    def answer(self, message: bytes) -> bytes:
        """Return the reply to one request; what the scorer does wrong is a reply too."""
        header, payload = messages.split(message)
        try:
            if header["do"] == "open":
                return self._open(header["parameters"])
            if header["do"] == "describe":
                return messages.join({"metrics": self._describe(header["texts"])})
            return messages.join({"outputs": self._all_verdicts(header, payload)})
        except Invalid as error:
            return messages.join({"invalid": _one_line(str(error))})
        except Defect as error:
            return messages.join({"error": str(error)})

    def _open(self, parameters: Mapping[str, Any]) -> bytes:
        self.module = self._call("importing it", _load, self.path)
        for name in ("cases", "score"):
            if not callable(getattr(self.module, name, None)):
                raise Defect(
                    f"{self.path}: no function {name!r}; a scorer has cases(parameters) and "
                    "score(case, output)"
                )
        found = self._call("cases(parameters)", self.module.cases, dict(parameters))
        self.cases = self._checked(found)
        inputs: dict[bytes, int] = {}
        rows = []
        for case in self.cases.values():
            data = self._call(f"the input of case {case.name!r}", wire.encode, case.input)
            rows.append([case.name, case.split, inputs.setdefault(data, len(inputs))])
        describes = callable(getattr(self.module, "describe", None))
        return messages.join(
            {
                "cases": rows,
                "inputs": [len(data) for data in inputs],
                "describes": describes,
                "parallel": max(1, self.forks()),
            },
            b"".join(inputs),
        )

    def forks(self) -> int:
        """Return how many forks of this process may answer requests: none before it has its cases,
        and none of a scorer that started threads, which a fork would be without.
        """
        ready = bool(self.cases) and threading.active_count() <= _OWN_THREADS
        return min(_MOST_FORKS, os.cpu_count() or 1) if ready else 0

    def _checked(self, found: Any) -> dict[str, Case]:
        if (
            not isinstance(found, Sequence)
            or not found
            or not all(isinstance(case, Case) for case in found)
        ):
            raise Defect(
                f"{self.path}: cases(parameters) must return a list of cladogen.scoring.Case, not "
                "empty"
            )
        cases = {case.name: case for case in found}
        if len(cases) < len(found):
            raise Defect(f"{self.path}: two cases have one name")
        if not any(case.split == "train" for case in found):
            raise Defect(f"{self.path}: no training case; at least one must have split='train'")
        return cases

    def _all_verdicts(self, header: Header, payload: bytes) -> list[Header]:
        """Return what is said of several outputs, which the payload holds in order."""
        view, said = memoryview(payload), []
        for output in header["outputs"]:
            part, view = view[: output["size"]], view[output["size"] :]
            said.append(self._verdicts({**header, **output}, bytes(part)))
        return said

    def _verdicts(self, header: Header, payload: bytes) -> Header:
        """Return the verdicts on an output, and as much of it in words as is asked for."""
        names, work, characters = header["cases"], header.get("work"), header.get("preview", 0)
        limits = wire.DecodeLimits() if work is None else wire.DecodeLimits(work=work)
        try:
            output = wire.decode(payload, limits)
        except ValueError as error:
            why = f"the output cannot be read: {_one_line(str(error))}"
            unpaid = isinstance(error, wire.WorkError)
            return {"verdicts": [{"invalid": why, "unpaid": unpaid} for _ in names]}
        returned = preview(output, characters) if characters else ""
        rows = [self._verdict(self.cases[name], output) for name in names]
        return {"verdicts": rows, "returned": returned}

    def _verdict(self, case: Case, output: Any) -> Header:
        assert self.module is not None
        try:
            scored = self._call(f"score of case {case.name!r}", self.module.score, case, output)
            return self._scored(scored, f"score of case {case.name!r}")
        except Invalid as error:
            return {"invalid": _one_line(str(error)) or "the scorer refused the output"}
        except Defect as error:
            return {"error": str(error)}

    def _scored(self, value: Any, where: str) -> Header:
        if isinstance(value, Scored):
            return {"metrics": self._metrics(value.metrics, where), "feedback": str(value.feedback)}
        return {"metrics": self._metrics(value, where), "feedback": ""}

    def _metrics(self, value: Any, where: str) -> dict[str, float]:
        table = value if isinstance(value, Mapping) else {"": value}
        metrics = {str(name): _number(number) for name, number in table.items()}
        for name, number in metrics.items():
            if number is None:
                what = f"{name} = {table[name]!r}" if name else repr(value)
                raise Defect(
                    f"{self.path}: {where} returned {what[:80]}; a metric is a finite number"
                )
        return {name: number for name, number in metrics.items() if number is not None}

    def _describe(self, texts: Mapping[str, str]) -> dict[str, float]:
        assert self.module is not None
        return self._metrics(
            self._call("describe(texts)", self.module.describe, ProgramTexts(texts)),
            "describe(texts)",
        )

    def _call(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except (Invalid, Defect):
            raise
        except SystemExit:
            raise Defect(f"{self.path}: {what} called sys.exit") from None
        except Exception as error:  # noqa: BLE001  (the border where the user's scorer runs)
            raise Defect(
                f"{self.path}{_line(error, self.path)}: {what} raised {_named(error)}"
            ) from None


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # a scorer may be split over several files
    sys.modules["scorer"] = module  # dataclasses look for the module they are in
    spec.loader.exec_module(module)
    return module


def _number(value: Any) -> float | None:
    try:
        number = float(value) if not isinstance(value, bool | str | bytes) else math.nan
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _line(error: BaseException, path: Path) -> str:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    return f", line {lines[-1]}" if lines else ""


def _named(error: BaseException) -> str:
    return _one_line(f"{type(error).__name__}: {error}")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def main() -> None:
    """Serve requests from standard input until it ends; what the scorer prints goes to standard
    error.
    """
    from cladogen.sandboxes.line.serving import serve

    service = ScorerService(Path(sys.argv[1]))
    serve(service.answer, service.forks)


if __name__ == "__main__":
    main()
