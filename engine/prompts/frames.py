"""Frames: what a model is shown of a traceback in which there are files that it is not shown.

An evaluator's source lines would tell answers and random seeds that it holds. Frames of the
program's own files stay, and the error's own words; any other frame goes, with its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from posixpath import basename

from cladogen.evaluation import Evaluation
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.reached import kept_back

KEPT = 512  # texts
FRAME = re.compile(r'File \\*"(?P<path>[^"\\\n]+)\\*", line \d+(?:, in [^\s"\\]+)?')
BARE_HEAD = re.compile(
    r'Traceback \(most recent call last\):(?!\s*(?:\\+n)?\s*(?:File \\*"|\.\.\. \())'
)
REPEATED = "[Previous line repeated"
# As the sandbox says where an error came from: (a.py:3, called at evaluator/evaluate.py:7).
PLACES = re.compile(r" \(([^\s():]+:\d+(?:, called at [^\s():]+:\d+)*)\)")
ERROR = re.compile(
    r"(?:(?<=\\n)|(?<![\w.\\]))[\w.]*(?:Error|Exception|Exit|Interrupt|Warning)(?=:|\s*$)"
)
CUT = "left out"  # in a line that stands for those which are not there
CUT_IN_LINE = re.compile(r" \.\.\. \(\d+ characters left out\) \.\.\. ")


class Frames:
    """Leaves out of texts what they show of files that a problem keeps back."""

    def __init__(self, problem: Problem) -> None:
        program = next(iter(problem.begins_with), Program.of({}))
        self._hidden = kept_back(program, problem)
        self._shown = {basename(path) for path in program if path not in self._hidden}
        texts = (program.text(path) for path in self._hidden if path.endswith(".py"))
        self._lines = {line.strip() for text in texts for line in text.splitlines()}
        self.seen = lru_cache(maxsize=KEPT)(self._seen)

    def of(self, rows: Sequence[Evaluation]) -> Sequence[Evaluation]:
        """Return evaluations as a model may see them."""
        if not self._hidden:
            return rows
        seen = self.seen
        return [replace(row, feedback=seen(row.feedback), log=seen(row.log)) for row in rows]

    def _seen(self, text: str) -> str:
        """Return a text without frames of files that are not shown, and their lines."""
        if not self._hidden:
            return text
        if FRAME.search(text):
            text = "\n".join(self._without_frames(text.split("\n")))
            text = BARE_HEAD.sub("The evaluator failed:", text)
        return PLACES.sub(self._places, text)

    def _without_frames(self, lines: list[str]) -> Iterator[str]:
        depth, cut = -1, True  # depth: of a frame that is left out
        for line in lines:
            indent = len(line) - len(line.lstrip(" |"))
            if depth >= 0 and (indent > depth or REPEATED in line):
                continue  # its source
            depth, frame = -1, self._hidden_frame(line)
            if cut and self._is_hidden_source(line):
                continue
            cut = CUT in line
            if frame is None:
                yield line
            elif line[frame.end() :].strip():
                yield "".join(self._of_one_line(line))
            else:
                depth = indent

    def _hidden_frame(self, line: str) -> re.Match[str] | None:
        """Return the frame in a line that has one of a file that is not shown."""
        found = FRAME.search(line)
        return found if found is not None and self._has_others(line) else None

    def _is_hidden_source(self, line: str) -> bool:
        """Tell whether a line is the source of a frame that is left out itself."""
        return line[:1].isspace() and line.strip() in self._lines

    def _has_others(self, line: str) -> bool:
        """Tell whether a line has a frame of a file that is not shown."""
        return not all(self._is_shown(each["path"]) for each in FRAME.finditer(line))

    def _of_one_line(self, line: str) -> Iterator[str]:
        """Yield what stays of a line in which a whole traceback stands: what is before its first
        frame, frames of files that are shown, and the error.
        """
        found = list(FRAME.finditer(line))
        ends = [each.start() for each in found[1:]] + [len(line)]
        head = line[: found[0].start()]
        cuts = list(CUT_IN_LINE.finditer(head))
        yield head[: cuts[-1].end()] if cuts else head  # behind one, a source may go on
        for each, end in zip(found, ends, strict=True):
            if self._is_shown(each["path"]):
                yield line[each.start() : end]
        behind = line[found[-1].end() :]
        errors = list(ERROR.finditer(behind))
        if errors and not self._is_shown(found[-1]["path"]):
            yield behind[errors[-1].start() :]

    def _places(self, found: re.Match[str]) -> str:
        """Return where an error came from, without places in files that are not shown."""
        every = found[1].split(", called at ")
        own = [each for each in every if not self._is_hidden(each.rpartition(":")[0])]
        return f" ({', called at '.join(own) or 'in the evaluator'})"

    def _is_hidden(self, path: str) -> bool:
        return any(path == each or path.endswith(f"/{each}") for each in self._hidden)

    def _is_shown(self, path: str) -> bool:
        """Tell whether a file may be seen; an evaluator may run a copy of the program elsewhere."""
        if self._is_hidden(path):
            return False
        return path.startswith("<") or basename(path) in self._shown
