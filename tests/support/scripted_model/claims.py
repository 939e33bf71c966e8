"""Claims: the sentences of a prompt that state a fact about the run, each checked against the record.

It reads the texts of this version and of those before it, so that both can be counted. `unread` are lines of the
sections about the run that no claim here covers: in this version there are none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cladogen.proposal import Outcome
from scripted_model.truth import Truth

N = r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"
FENCED = re.compile(r"^(`{3,})\w*\n.*?\n\1$", re.MULTILINE | re.DOTALL)


@dataclass
class Checked:
    """How many statements a prompt made, which are false, and which lines were not read."""

    made: int = 0
    false: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, line: str, holds: bool) -> None:
        self.made += 1
        if not holds:
            self.false.append(line)


def check(prompt: str, truth: Truth, parent: int) -> Checked:
    """Check every statement that a prompt makes of the run."""
    checked = Checked()
    for section in re.split(r"^## ", prompt, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        lines = FENCED.sub("", body).splitlines()
        kind = next((kind for kind, sign in SECTIONS.items() if re.match(sign, title)), None)
        if kind is not None:
            READERS[kind](checked, truth, parent, title, [line for line in lines if line.strip()])
    return checked


SECTIONS = {
    "program": r"Program #\d+",
    "scores": r"What it scores",
    "cases": r"What each case gave",
    "failure": r"How it failed",
    "uses": r"What it uses",
    "others": r"(The best program|Another program|Other programs)",
    "tried": r"What was tried",
    "ancestry": r"How it came to be",
    "task": r"Task",
    "rules": r"Rules",
}


def near(shown: str, actual: float | None) -> bool:
    """Tell whether a number is the actual one in the digits that are shown."""
    if actual is None:
        return False
    digits = len(re.sub(r"e.*|[-.]|^-?0\.0*", "", shown)) or 1
    return math.isclose(
        float(shown), actual, rel_tol=0.51 * 10.0 ** (1 - max(digits, 1)), abs_tol=1e-13
    )


def _program(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    said = re.match(r"Program #(\d+)", title)
    checked.add(title, said is not None and int(said[1]) == parent)


def _scores(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    head: list[str] = []
    goal = truth.problem.objective.name
    for line in lines:
        cells = (
            [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        )
        label = re.match(r"#(\d+)(, the best)?$", cells[0]) if cells else None
        if cells and not label:
            head = cells if not cells[0].startswith("-") else head
        elif label:
            number = int(label[1])
            right = not label[2] or truth.best == number
            right &= all(
                cell == "-" or near(cell, truth.metric(number, name))
                for name, cell in zip(head[1:], cells[1:], strict=True)
            )
            checked.add(line, right)
        elif line.startswith(f"{goal} by case, worst first:"):
            pairs = re.findall(rf"([\w.-]+) {N}(?:,|$)", line.partition(": ")[2])
            values = [truth.case(parent, case) for case, _ in pairs]
            checked.add(
                line,
                all(near(shown, value) for (_, shown), value in zip(pairs, values, strict=True)),
            )
        elif known := re.match(rf"The best value known elsewhere is {N}", line):
            checked.add(line, near(known[1].rstrip("."), truth.problem.best_known))
        elif spread := re.match(rf"Measured again and again, .* standard deviation of {N}\.", line):
            checked.add(line, near(spread[1], truth.noise))
        else:
            checked.unread.append(line)


def _cases(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    goal = truth.problem.objective.name
    numbers: list[int] = []
    further = False
    for line in lines:
        cells = (
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            if line.startswith("|")
            else []
        )
        if cells and cells[0].startswith("case"):
            numbers = [int(found) for cell in cells for found in re.findall(r"of #(\d+)", cell)]
            further = "better still" in cells
        elif cells and not cells[0].startswith("-"):
            values = zip(cells[1:], numbers, strict=False)
            checked.add(
                line, all(near(shown, truth.case(number, cells[0])) for shown, number in values)
            )
            if further:
                value = re.match(rf"{N} \(#(\d+)\)$", cells[1 + len(numbers)])
                _done_better(
                    checked, truth, parent, [(cells[0], *value.groups())] if value else [], line
                )
            if len(cells) > 1 + len(numbers) + further:
                _words(checked, truth, parent, [cells[0]], cells[-1].replace("\\|", "|"), line)
        elif group := re.match(rf"- {N} \((\d+) cases?: ([^)]*?)(, \.\.\.)?\)(?:: (.*))?$", line):
            names = group[3].split(", ")
            right = all(near(group[1], truth.case(parent, name)) for name in names)
            checked.add(line, right and (len(names) == int(group[2]) or bool(group[4])))
            _words(checked, truth, parent, names, group[5] or "", line)
        elif line.startswith("Done better by other programs: "):
            _done_better(
                checked, truth, parent, re.findall(rf"([\w.-]+) \({N}, #(\d+)\)", line), line
            )
        elif single := re.match(r"([\w.-]+): (.*)$", line):
            _words(checked, truth, parent, [single[1]], single[2], line)
        elif not line.startswith((f"{goal} by case, worst first", "|---")):
            checked.unread.append(line)


def _done_better(
    checked: Checked, truth: Truth, parent: int, said: Iterable[tuple[str, str, str]], line: str
) -> None:
    """Check that some programs do better on some cases than a program and the best of all."""
    sign = truth.problem.objective.sign
    for case, value, other in said:
        its = truth.case(int(other), case)
        known = [truth.case(number, case) for number in (parent, truth.best) if number is not None]
        better = its is not None and all(
            sign * its > sign * each for each in known if each is not None
        )
        checked.add(line, better and near(value, its))


def _words(
    checked: Checked, truth: Truth, number: int, cases: Iterable[str], said: str, line: str
) -> None:
    """Check that the scorer said these words of each of these cases, or those that stand with one
    that is shown in full.
    """
    rows = {row.case: " ".join(row.feedback.split()) for row in truth.record.evaluations(number)}
    if below := re.fullmatch(r"\(below, at ([\w.-]+)\)", said):
        said = rows.get(below[1], "none")
    start = said.rstrip("… ")
    checked.add(line, all(rows.get(case, "").startswith(start) for case in cases))


def _failure(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    checked.add(title, truth.fitness(parent) is None)


def _uses(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    pattern = rf"- #(\d+)(, the best)?: CPU time {N} s of {N} s(?: on ([\w.-]+))?(?:, by the clock {N} s)?, memory (\d+) of (\d+) MiB$"
    for line in lines:
        found = re.match(pattern, line)
        if not found:
            checked.unread.append(line)
            continue
        number, limits = int(found[1]), truth.problem.limits
        rows = {row.case: row.usage for row in truth.record.evaluations(number)}
        checked.add(line, (
            (not found[2] or truth.best == number)
            and near(found[3], max(used.cpu_s for used in rows.values()))
            and (found[6] is None or near(found[6], max(used.wall_s for used in rows.values())))
            and float(found[6] or limits.time_s) <= limits.time_s
            and float(found[4]) == limits.cpu_time_s and int(found[8]) == limits.memory_mb
        ))  # fmt: skip


def written_anew(truth: Truth, one: int, other: int) -> bool:
    """Tell whether two programs share less than three tenths of their lines."""
    mine, its = truth.lines(one), truth.lines(other)
    return len(mine & its) < 0.3 * len(mine | its)


def _others(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    if best := re.match(r"The best program, #(\d+)", title):
        checked.add(title, truth.best == int(best[1]))
    shown = re.search(r"#(\d+)$", title)
    for line in lines:
        if old := re.match(
            r"Program #(\d+) (.*)\((?:as a difference from|whole; compare with) #\d+\):", line
        ):
            _compared_before(checked, truth, parent, int(old[1]), old[2])
        elif apart := re.match(
            r"It is neither an ancestor nor a descendant of the best, #(\d+)\. (.*)$", line
        ):
            assert shown is not None
            best_, number = int(apart[1]), int(shown[1])
            checked.add(line, truth.best == best_ and not truth.related(best_, number))
            _compared(checked, truth, parent, number, apart[2])
        elif anew := re.match(
            r"(?:The best, #(\d+), came of it|It came of the best, #(\d+)), but is written anew\. (.*)$",
            line,
        ):
            assert shown is not None
            best_, number = int(anew[1] or anew[2]), int(shown[1])
            older = (number < best_) == bool(anew[1])
            checked.add(
                line,
                truth.best == best_
                and older
                and truth.related(best_, number)
                and written_anew(truth, best_, number),
            )
            _compared(checked, truth, parent, number, anew[3])
        elif shown is not None and re.match(rf"{truth.problem.objective.name} \S+, #\d+ has", line):
            _compared(checked, truth, parent, int(shown[1]), line)
        elif not re.match(
            r"(As a difference from #\d+:|As in #\d+: .*\.$|[\w./-]+$|[\w./-]+\.\w+, in part$)",
            line,
        ):
            checked.unread.append(line)


def _compared(checked: Checked, truth: Truth, parent: int, number: int, line: str) -> None:
    """Check "radii 2.5, #3 has 2.4. Better than #3 on hard (14 against 16)." """
    goal = truth.problem.objective.name
    said = re.match(rf"{goal} (?:{N}|none), #(\d+) has (?:{N}|none)\.", line)
    checked.add(line, said is not None and int(said[2]) == parent and all(
        (value is None) if shown is None else near(shown, value)
        for shown, value in ((said[1], truth.value(number)), (said[3], truth.value(parent)))
    ))  # fmt: skip
    for case, its, mine in re.findall(rf"([\w.-]+) \({N} against {N}\)", line):
        there, here = truth.case(number, case), truth.case(parent, case)
        better = (
            there is not None
            and here is not None
            and (there - here) * truth.problem.objective.sign > 0
        )
        checked.add(line, better and near(its, there) and near(mine, here))


def _compared_before(checked: Checked, truth: Truth, parent: int, number: int, words: str) -> None:
    """Check what earlier versions said of another program."""
    for name, there, here in re.findall(rf"(\w+) {N} against {N}", words):
        metric = next(metric for metric in truth.problem.metrics if metric.name == name)
        better = (
            metric.sign * ((truth.metric(number, name) or 0) - (truth.metric(parent, name) or 0))
            > 0
        )
        checked.add(
            words,
            better
            and near(there, truth.metric(number, name))
            and near(here, truth.metric(parent, name)),
        )
    if cases := re.search(r"better on ([^(]*)", words):
        for case in cases[1].strip().split(", "):
            there, here = truth.case(number, case), truth.case(parent, case)
            checked.add(words, there is not None and (
                here is None or (there - here) * truth.problem.objective.sign > 0))  # fmt: skip


ON = r"on #(\d+)(?: with #(\d+))?"  # which program an operator was asked for on, and its partner
HEADS = ("These changes made", "So did these", "These did not", "Nor did these")


def _tried(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    helped = True
    for line in lines:
        if line.startswith(HEADS):
            helped = line.startswith(("These changes made", "So did"))
        elif re.match(r"- \(\d+ earlier ones are not shown\)|- \(not shown: ", line):
            continue
        elif counts := re.match(
            r"Of (\d+) expectations, (\d+) had the right direction and (\d+) came", line
        ):
            stated, right, held = map(int, counts.groups())
            checked.add(line, stated >= right >= held)
        elif short := re.match(rf"- (?:#(\d+) )?\(\w+ {ON}\) .* \(([\w ]+)\)$", line):
            _partner(checked, truth, short[1], short[3], line)
            _in_short(checked, truth, short[1], int(short[2]), short[4], helped, line)
        elif new := re.match(rf"- (?:#(\d+) )?\((?:\w+) {ON}\) (.*)$", line):
            _partner(checked, truth, new[1], new[3], line)
            _attempt(checked, truth, new[1], int(new[2]), new[4], helped, line)
        elif line.startswith("- "):
            _attempt_before(checked, truth, line)
        else:
            checked.unread.append(line)


def _partner(
    checked: Checked, truth: Truth, program: str | None, partner: str | None, line: str
) -> None:
    """Check that a crossover names the program that it was made with, and nothing else names one."""
    if program is not None:
        others = truth.record.node(int(program)).parents[1:]
        checked.add(line, others == (() if partner is None else (int(partner),)))


def _in_short(
    checked: Checked,
    truth: Truth,
    program: str | None,
    parent: int,
    verdict: str,
    helped: bool,
    line: str,
) -> None:
    """Check what is said of an attempt that is only named: its program, and how it ended."""
    if program is None:
        checked.add(line, not helped and verdict in ("refused", "duplicate"))
        return
    number = int(program)
    score, child = truth.record.score(number), parent in truth.ancestors(number)
    if truth.fitness(number) is None:
        checked.add(line, child and not helped and score is not None and score.status == verdict)
    else:
        ended = truth.verdict(parent, number)
        checked.add(line, child and verdict == ended and helped == (ended == "better"))


def _attempt(
    checked: Checked,
    truth: Truth,
    program: str | None,
    parent: int,
    words: str,
    helped: bool,
    line: str,
) -> None:
    goal = truth.problem.objective.name
    if program is None:
        same = re.search(r"[Mm]ade nothing new: (?:the same program as|behaves as) #(\d+)", words)
        ending = same or re.search(
            r"([Ww]as refused, so the idea is untested|[Mm]ade nothing new): ", words
        )
        checked.add(line, not helped and ending is not None)
        return
    number = int(program)
    checked.add(line, parent in truth.ancestors(number) and parent != number)
    if values := re.search(
        rf"[Gg]ot {goal} (?:{N}|none) -> (?:{N}|none)(.*?): (better|worse|no change)"
        r"(?:; the scorer said(?: of ([\w.-]+))?: (.*))?\.(?: |$)",
        words,
    ):
        before, after, beside, verdict, case, said = values.groups()
        for metric, was, now in re.findall(rf", (\w+) {N} -> {N}", beside):
            pairs = ((was, truth.metric(parent, metric)), (now, truth.metric(number, metric)))
            checked.add(line, all(near(shown, value) for shown, value in pairs))
        if said:
            rows = truth.record.evaluations(number)
            _words(checked, truth, number, [case or rows[0].case], said, line)
        right = near(after, truth.value(number)) and (
            before is None or near(before, truth.value(parent))
        )
        checked.add(
            line,
            right and verdict == truth.verdict(parent, number) and helped == (verdict == "better"),
        )
    else:
        failed = re.search(r"[Ff]ailed with (\w+)", words)
        score = truth.record.score(number)
        checked.add(
            line,
            failed is not None
            and score is not None
            and score.status.value == failed[1]
            and not helped,
        )
        if far := re.search(r"(\d+) of (\d+) cases gave a result", words):
            checked.add(line, int(far[1]) == truth.done(number))
    if ahead := re.search(rf"#(\d+), known before, has {N}\.", words):
        known = int(ahead[1])
        as_good = (truth.fitness(known) or 0.0) >= (truth.fitness(number) or 0.0)
        checked.add(line, known < number and as_good and near(ahead[2], truth.value(known)))
    if within := re.search(r"It is in (.*)\.$|((?:#\d+ and )?#\d+) descends? from it\.$", words):
        checked.add(
            line,
            all(number in truth.ancestors(int(one)) for one in re.findall(r"#(\d+)", within[0])),
        )


def _attempt_before(checked: Checked, truth: Truth, line: str) -> None:
    """Check what earlier versions said of a proposal: the values, and the word for them."""
    goal = truth.problem.objective
    said = re.search(rf"{goal.name} {N} -> {N}, (better|worse|no change)$", line)
    if said is None:
        checked.add(line, True)
        return
    old, new = float(said[1]), float(said[2])
    words = (
        {"better"}
        if goal.sign * (new - old) > 0
        else {"worse"}
        if goal.sign * (new - old) < 0
        else set()
    )
    checked.add(line, said[3] in (words or {"better", "worse", "no change"}))


def _ancestry(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    for line in lines:
        link = re.match(r"- #(\d+) -> #(\d+), ", line)
        checked.add(
            line, link is not None and int(link[1]) in truth.record.node(int(link[2])).parents
        )
        _attempt_before(checked, truth, line)


def _task(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    text, goal = " ".join(lines), truth.problem.objective.name
    _progress(checked, truth, text)
    if beat := re.search(
        rf"The best so far is (this program|#(\d+)), with {goal} {N}\.(?: |$)", text
    ):
        number = int(beat[2]) if beat[2] else parent
        checked.add(beat[0], truth.best == number and near(beat[3], truth.value(number)))
    if vain := re.search(
        r"(\d+) of (\d+) changes tried on program #(\d+) made nothing better", text
    ):
        ends = [end for end in truth.ends(int(vain[3])) if end != "refused"]
        checked.add(
            vain[0],
            (int(vain[1]), int(vain[2])) == (sum(end != "better" for end in ends), len(ends)),
        )
    if before := re.search(r"Changes to program #(\d+) have failed or made it worse", text):
        ends = truth.ends(int(before[1]))
        checked.add(before[0], bool(ends) and "better" not in ends and "no change" not in ends)
    if helped := re.search(
        rf"(?:better|helped another program of this search): {goal} {N} -> {N} from #(\d+) to #(\d+)",
        text,
    ):
        one, other = int(helped[3]), int(helped[4])
        right = near(helped[1], truth.value(one)) and near(helped[2], truth.value(other))
        checked.add(
            helped[0],
            right and truth.verdict(one, other) == "better" and not truth.related(parent, other),
        )
    if cross := re.search(
        r"Program #(\d+) (does something better|comes to the same score in another way) than #(\d+), "
        r"and (?:neither descends from the other|#(\d+) came of #(\d+), but is written anew)",
        text,
    ):
        one, other = int(cross[1]), int(cross[3])
        way = "another way" in cross[2]
        right = something_better(truth, one, other, otherwise=way)
        came = cross[4] is not None
        apart = came == truth.related(one, other) and (not came or written_anew(truth, one, other))
        checked.add(cross[0], apart and right)
    if twins := re.search(
        r"Two programs with one origin are shown: #(\d+), which you change, and #(\d+)\.", text
    ):
        one, other = int(twins[2]), int(twins[1])
        checked.add(twins[0], not truth.related(one, other) and something_better(truth, one, other))
    if stopped := re.search(
        r"For some time no proposal has made a better program|The search has stopped making progress",
        text,
    ):
        recent = [result for result, _, _ in truth.told[-5:]]
        checked.add(
            stopped[0],
            truth.best
            not in [result.program for result in recent if result.outcome is Outcome.ACCEPTED],
        )


def _progress(checked: Checked, truth: Truth, text: str) -> None:
    if far := re.search(r"This search has made (\d+) of about (\d+) proposals", text):
        checked.add(far[0], truth.proposals == int(far[1]) <= int(far[2]))
    if vain := re.search(r"The last (\d+) changes made nothing better than #(\d+)\.", text):
        since = len(truth.tickets_since(int(vain[2])))
        checked.add(vain[0], truth.best == int(vain[2]) and since == int(vain[1]))


def something_better(truth: Truth, one: int, other: int, *, otherwise: bool = True) -> bool:
    """Tell whether a program is better than another on the objective or on some case, or, with ``otherwise``, does
    otherwise as well."""
    its, mine = truth.fitness(one), truth.fitness(other)
    if its is None or mine is None:
        return its is not None
    rows, there = truth.record.score(other), truth.record.score(one)
    cases = any(
        value - rows.cases.get(case, -math.inf) > truth.noise for case, value in there.cases.items()
    )
    return (
        its > mine
        or cases
        or (otherwise and abs(its - mine) <= truth.noise and rows.signature != there.signature)
    )


def _rules(checked: Checked, truth: Truth, parent: int, title: str, lines: list[str]) -> None:
    known = re.search(rf"The best value of \w+ known elsewhere is {N}", "\n".join(lines))
    if known:
        checked.add(known[0], near(known[1].rstrip("."), truth.problem.best_known))


READERS: dict[str, Callable[[Checked, Truth, int, str, list[str]], None]] = {
    "program": _program, "scores": _scores, "cases": _cases, "failure": _failure, "uses": _uses, "others": _others,
    "tried": _tried, "ancestry": _ancestry, "task": _task, "rules": _rules,
}  # fmt: skip
