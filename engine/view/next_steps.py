"""What a person may do now with a run, as sentences with the command for each."""

from __future__ import annotations

import shlex
from itertools import takewhile

from cladogen.formatting import duration, plural
from cladogen.record.approvals import waiting
from cladogen.record.steering import of_session, paused
from cladogen.settings import CAP_NAMES
from cladogen.view.budget_used import RECENT, since_better
from cladogen.view.followed import FollowedRun

DRY = 100  # proposals without a better program that are worth a word


def next_steps(run: FollowedRun) -> list[dict[str, str]]:
    """Return what a person may do now, most urgent first, each with its command if it has one."""
    if not run.whole:
        return []
    now = [*_of_waiting(run), *_of_pause(run), *_of_failures(run)]
    found = [*now, *_of_progress(run), *_of_the_end(run)]
    return [{"text": text, "command": command} for text, command in found]


def _of_waiting(run: FollowedRun) -> list[tuple[str, str]]:
    rows = waiting(run.reader.store)
    if not rows:
        return []
    text = f"A child waits for a person ({len(rows)} in all): {rows[0]}."
    return [(text, f"evolve approve {_folder(run)} {rows[0].ticket}")]


def _of_pause(run: FollowedRun) -> list[tuple[str, str]]:
    if not run.reader.running or not paused(of_session(run.reader.store)):
        return []
    return [("It is paused: nothing new is started.", f"evolve resume {_folder(run)}")]


def _of_failures(run: FollowedRun) -> list[tuple[str, str]]:
    last = [each for each in run.came[-RECENT:] if each.operator not in ("seed", "measure")]
    bad = [each for each in last if each.word not in ("ok", "duplicate")]
    if len(last) < 10 or len(bad) < len(last) / 2:
        return []
    words = [each.word for each in bad]
    most = max(set(words), key=words.count)
    text = f"{len(bad)} of the last {len(last)} proposals failed, most of them by: {most}."
    return [(text, f"evolve list --proposals --outcome {most} {_folder(run)}")]


def _of_progress(run: FollowedRun) -> list[tuple[str, str]]:
    dry = since_better(run)
    if not run.reader.running or dry < DRY:
        return []
    wish = f'evolve steer {_folder(run)} "YOUR WISH"'
    return [(f"No better program for {plural(dry, 'proposal')}: steer it, or stop it.", wish)]


def _of_the_end(run: FollowedRun) -> list[tuple[str, str]]:
    reader = run.reader
    if reader.running:
        return []
    if reader.ships is None:
        why = f": {reader.end_words}" if reader.ending == "failing" else ""
        text = f"Nothing is chosen to ship: it {_ended(reader.ending, run.seconds)}{why}."
        return [*_of_seeds(run), (text, f"evolve run --resume {_folder(run)}")]
    what = "what ships" if reader.ships else "the seed program, which nothing beat,"
    found = [(f"Take {what} as files.", f"evolve checkout {_folder(run)} ships --to DIR")]
    if reader.ending in CAP_NAMES.values():
        option = next(option for option, name in CAP_NAMES.items() if name == reader.ending)
        more = f"evolve run --resume {_folder(run)} --{option.replace('_', '-')} MORE"
        found.append(("Give the run more, and it goes on where it ended.", more))
    return found


def _of_seeds(run: FollowedRun) -> list[tuple[str, str]]:
    """Say that nothing can be searched from, where no seed program has a score."""
    seeds = list(takewhile(lambda row: not row.node.parents, run.reader.entries))
    if not seeds or any(row.score.fitness is not None for row in seeds):
        return []
    text = (
        f"No seed program has a score; the first came to: {seeds[0].score.status.value}. "
        "See its log, mend it in the problem's folder, and begin a new run."
    )
    return [(text, f"evolve show {_folder(run)} seed")]


def _folder(run: FollowedRun) -> str:
    """Return the run folder as a shell takes it."""
    return shlex.quote(str(run.folder))


def _ended(ending: str, seconds: float) -> str:
    was = "was stopped" if ending == "stopped" else f"ended ({ending})"
    return f"{was} after {duration(seconds)}"
