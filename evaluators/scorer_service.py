"""The trusted process: loads a problem's scorer, hands out cases, decodes an output as hostile
data, scores it.

Run as ``python -m cladogen.evaluators.scorer_service SCORER``. It never loads a program's code; it
is contained all the same, because its parsers see bytes that a candidate chose. Requests and
replies are `cladogen.evaluators.messages`:

    open      parameters; evolved: names    -> cases: name, split, which of the distinct inputs;
              and genes                        then those inputs; of evolved ones that are no
                                               cases, why not
    score     outputs: cases, size, work;   -> for each output a verdict for each of its cases, with
              preview, pictures; then the      a picture where they are asked for, and so many
              outputs                          characters of it in words
    launch    case, work; then an output    -> what to run of it before it is scored
    describe  texts of the editable files   -> metrics of the text

Once it has its cases, forks of it answer (`cladogen.sandboxes.line.dispatch`): a slow output holds
up no other.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from cladogen.errors import NO_MORE_THREADS, is_of_threads
from cladogen.evaluators import messages
from cladogen.evaluators.picture import picture_url
from cladogen.evaluators.preview import preview
from cladogen.problem.coevolution import is_evolved
from cladogen.sandboxes import wire
from cladogen.scoring import SPLITS, Case, Invalid, Launch, Ran, Scored

_NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # neither shown nor stored
_MOST_FORKS = 4
_OWN_THREADS = 2  # this one, and the one that watches for the engine's end
Header = dict[str, Any]


class Defect(Exception):  # noqa: N818  (the scorer's, not ours)
    """The scorer did something a scorer must not; the text is one line."""


class Unreadable(Invalid):
    """An output that cannot be decoded; ``unpaid``: not for so little work."""

    def __init__(self, text: str, *, unpaid: bool) -> None:
        super().__init__(text)
        self.unpaid = unpaid


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
        self.launches = False  # whether what programs return is run before it is scored

    def answer(self, message: bytes) -> bytes:
        """Return the reply to one request; what the scorer does wrong is a reply too."""
        header, payload = messages.split(message)
        try:
            if header["do"] == "open":
                return self._open(header["parameters"], header.get("evolved") or {})
            return messages.join(self._done(header, payload))
        except Invalid as error:
            return messages.join({"invalid": _one_line(str(error))})
        except Defect as error:
            return messages.join({"error": str(error)})

    def _done(self, header: Header, payload: bytes) -> Header:
        if header["do"] == "describe":
            return {"metrics": self._describe(header["texts"])}
        if header["do"] == "launch":
            return {"launch": self._launch(header, payload)}
        return {"outputs": self._all_verdicts(header, payload)}

    def _open(self, parameters: Mapping[str, Any], evolved: Mapping[str, Header]) -> bytes:
        self.module = self._call("importing it", _load, self.path)
        for name in ("cases", "score"):
            if not callable(getattr(self.module, name, None)):
                raise Defect(
                    f"{self.path}: no function {name!r}; a scorer has cases(parameters) and "
                    "score(case, output)"
                )
        found = self._call("cases(parameters)", self.module.cases, dict(parameters))
        self.cases = self._checked(found)
        refused = self._add(evolved, parameters)
        inputs: dict[bytes, int] = {}
        rows = []
        for case in self.cases.values():
            data = self._call(f"the input of case {case.name!r}", wire.encode, case.input)
            rows.append([case.name, case.split, inputs.setdefault(data, len(inputs))])
        describes = callable(getattr(self.module, "describe", None))
        self.launches = callable(getattr(self.module, "launch", None))
        return messages.join(
            {
                "cases": rows,
                "inputs": list(map(len, inputs)),
                "describes": describes,
                "launches": self.launches,
                "refused": refused,
                "parallel": max(1, self.forks()),
            },
            b"".join(inputs),
        )

    def _add(self, evolved: Mapping[str, Header], parameters: Mapping[str, Any]) -> dict[str, str]:
        """Add the cases that evolved; return why not, of those that are none."""
        if not evolved:
            return {}
        self._check_can_evolve()
        refused: dict[str, str] = {}
        for name, of in evolved.items():
            try:
                self.cases[name] = self._evolved(name, of, dict(parameters))
            except Invalid as error:
                refused[name] = _one_line(str(error)) or "the scorer refused it"
        return refused

    def _check_can_evolve(self) -> None:
        """Raise Defect for a scorer without the functions that evolved cases need, or with a case
        of its own that is called as one of them.
        """
        for name in ("generate", "admit"):
            if not callable(getattr(self.module, name, None)):
                raise Defect(
                    f"{self.path}: no function {name!r}; where cases evolve, a scorer has "
                    "generate(genes, parameters) and admit(data, parameters)"
                )
        own = next(filter(is_evolved, self.cases), None)
        if own is not None:
            raise Defect(f"{self.path}: case {own!r} has the name of one that evolves")

    def _evolved(self, name: str, of: Header, parameters: dict[str, Any]) -> Case:
        """Return the case that genes make; raises Invalid."""
        assert self.module is not None
        data = self._call(f"generate for {name}", self.module.generate, of["genes"], parameters)
        case = self._call(f"admit for {name}", self.module.admit, data, parameters)
        if not isinstance(case, Case):
            raise Defect(f"{self.path}: admit returned no cladogen.scoring.Case")
        return replace(case, name=name, split="train")

    def forks(self) -> int:
        """Return how many forks of this process may answer requests: none before it has its cases,
        and none of a scorer that started threads, which a fork would be without.
        """
        ready = bool(self.cases) and threading.active_count() <= _OWN_THREADS
        return min(_MOST_FORKS, os.cpu_count() or 1) if ready else 0

    def _checked(self, found: Any) -> dict[str, Case]:
        if not _are_cases(found):
            raise Defect(
                f"{self.path}: cases(parameters) must return a list of cladogen.scoring.Case, not "
                "empty"
            )
        for case in found:
            self._check(case)
        cases = {case.name: case for case in found}
        if len(cases) < len(found):
            raise Defect(f"{self.path}: two cases have one name")
        if not any(case.split == "train" for case in found):
            raise Defect(f"{self.path}: no training case; at least one must have split='train'")
        return cases

    def _check(self, case: Case) -> None:
        if not _is_name(case.name):
            raise Defect(
                f"{self.path}: case {case.name!r} cannot have that name; give it a text of one line"
            )
        if case.split not in SPLITS:
            raise Defect(
                f"{self.path}: case {case.name!r} has split={case.split!r}; there are "
                f"{', '.join(SPLITS)}"
            )

    def _all_verdicts(self, header: Header, payload: bytes) -> list[Header]:
        """Return what is said of several outputs, which the payload holds in order."""
        view, said = memoryview(payload), []
        for output in header["outputs"]:
            part, view = view[: output["size"]], view[output["size"] :]
            size = sum(each[2] for each in output.get("ran") or ())
            results, view = view[:size], view[size:]
            ran = _ran(output["ran"], bytes(results)) if "ran" in output else None
            said.append(self._verdicts({**header, **output}, bytes(part), ran))
        return said

    def _launch(self, header: Header, payload: bytes) -> Header:
        """Return what the scorer asks to be run of an output; raises Invalid."""
        case = self.cases[header["case"]]
        return asdict(self._launched(case, _decoded(header, payload)))

    def _launched(self, case: Case, output: Any) -> Launch:
        assert self.module is not None
        what = f"launch of case {case.name!r}"
        found = self._call(what, self.module.launch, case, output)
        if not isinstance(found, Launch) or not found.command or not found.inputs:
            raise Defect(f"{self.path}: {what} must return a Launch with a command and inputs")
        return found

    def _verdicts(self, header: Header, payload: bytes, ran: Sequence[Ran] | None = None) -> Header:
        """Return the verdicts on an output, and as much of it in words as is asked for."""
        names, characters = header["cases"], header.get("preview", 0)
        try:
            output = _decoded(header, payload)
        except Unreadable as error:
            return {"verdicts": [{"invalid": str(error), "unpaid": error.unpaid} for _ in names]}
        returned = preview(output, characters) if characters else ""
        drawn = bool(header.get("pictures"))
        rows = [self._verdict(self.cases[name], output, ran, drawn) for name in names]
        return {"verdicts": rows, "returned": returned}

    def _verdict(self, case: Case, output: Any, ran: Sequence[Ran] | None, drawn: bool) -> Header:
        try:
            return self._said_of(case, output, ran, drawn)
        except Invalid as error:
            return {"invalid": _one_line(str(error)) or "the scorer refused the output"}
        except Defect as error:
            return {"error": str(error)}

    def _said_of(self, case: Case, output: Any, ran: Sequence[Ran] | None, drawn: bool) -> Header:
        """Return what the scorer says of an output; raises Invalid and Defect."""
        assert self.module is not None
        if self.launches and ran is None:
            self._launched(case, output)
            return {"invalid": "nothing was run of it"}
        given = (case, output, ran) if self.launches else (case, output)
        scored = self._call(f"score of case {case.name!r}", self.module.score, *given)
        said = self._scored(scored, f"score of case {case.name!r}")
        if drawn and _has_picture(scored):
            said |= _picture(scored)
        return said

    def _scored(self, value: Any, where: str) -> Header:
        if isinstance(value, Scored):
            return {"metrics": self._metrics(value.metrics, where), "feedback": str(value.feedback)}
        return {"metrics": self._metrics(value, where), "feedback": ""}

    def _metrics(self, value: Any, where: str) -> dict[str, float]:
        table = value if isinstance(value, Mapping) else {"": value}
        metrics: dict[str, float] = {}
        for name, given in table.items():
            number = _number(given)
            if number is None:
                what = f"{name} = {given!r}" if str(name) else repr(value)
                raise Defect(
                    f"{self.path}: {where} returned {what[:80]}; a metric is a finite number"
                )
            metrics[str(name)] = number
        return metrics

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
            why = f"raised {_named(error)}"
            if is_of_threads(error) or isinstance(error, BlockingIOError):
                why = f"found that {NO_MORE_THREADS}"
            raise Defect(f"{self.path}{_line(error, self.path)}: {what} {why}") from None


def _has_picture(scored: Any) -> TypeGuard[Scored]:
    return isinstance(scored, Scored) and bool(scored.picture)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # a scorer may be split over several files
    sys.modules["scorer"] = module  # dataclasses look for the module they are in
    spec.loader.exec_module(module)
    return module


def _decoded(header: Header, payload: bytes) -> Any:
    """Return an output; raises Unreadable."""
    work = header.get("work")
    limits = wire.DecodeLimits() if work is None else wire.DecodeLimits(work=work)
    try:
        return wire.decode(payload, limits)
    except ValueError as error:
        why = f"the output cannot be read: {_one_line(str(error))}"
        raise Unreadable(why, unpaid=isinstance(error, wire.WorkError)) from None


def _ran(endings: Sequence[Sequence[Any]], payload: bytes) -> list[Ran]:
    """Return what came of each input; the results themselves are as hostile as an output."""
    found = []
    for status, detail, size in endings:
        data, payload = payload[:size], payload[size:]
        found.append(_result(data) if status == "ok" else Ran(status, error=detail))
    return found


def _result(data: bytes) -> Ran:
    try:
        match wire.decode(data):
            case [str(status), str(output), str(error)]:
                return Ran(status, output, error)
    except ValueError:
        pass
    return Ran("crash", error="what came of it cannot be read")


def _picture(scored: Scored) -> Header:
    """Return a verdict's picture; where there is none, words that say so and why."""
    try:
        drawn = scored.picture() if callable(scored.picture) else scored.picture
        return {"picture": picture_url(drawn)}
    except ValueError as error:
        why = _one_line(str(error))
    except Exception as error:  # noqa: BLE001  (the border where the user's scorer runs)
        why = _named(error)
    words = f"(The scorer's picture is left out: {why}.)"
    return {"feedback": f"{scored.feedback}\n{words}".strip()}


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


def _are_cases(found: object) -> bool:
    if not isinstance(found, Sequence) or not found:
        return False
    return all(isinstance(case, Case) for case in found)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name.strip()) and not _NO_NAME.search(name)


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
