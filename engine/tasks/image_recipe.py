"""What a task's Dockerfile says of its files: the working folder, what is copied where, and what is
made by commands that need no network.

The image is not built. What is copied or made outside the working folder has a place below
``.root`` in the working copy. What the recipe installs is only named: it must be in the sandbox.
"""

from __future__ import annotations

import itertools
import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cladogen.program import File
from cladogen.tasks.installs import python_packages, system_packages
from cladogen.tasks.instructions import instructions
from cladogen.tasks.reading import fetches, text_of

WORKING = "/app"  # where a recipe names no folder
ROOT = ".root"  # of the working copy: what an image has outside its working folder
_SYSTEMS = re.compile(
    r"/(?:usr|bin|sbin|lib|lib64|etc|dev|proc|sys|tmp|opt/venv)?(?:/.*)?|/(?:root|home)"
)
_OTHERS = ("/tests", "/logs", "/oracle", "/solution")  # which have places of their own
_ONLY_OF_IMAGES = re.compile(
    r"\s*(?:useradd|adduser|groupadd|chown|update-alternatives|ln -s\S* /usr|locale-gen|ldconfig"
    r"|python3? -m venv|(?:python3?|pip3?|node|npm|go|cargo|rustc) (?:--)?version)\b"
)


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """``copies`` are (sources, target, working folder then) of each COPY and ADD, in order;
    ``made`` the folders that commands make; ``commands`` what is run without a network. ``python``
    are the packages that it installs; ``note`` says what is not done, "" where there is none.
    """

    working: str = WORKING
    copies: tuple[tuple[tuple[str, ...], str, str], ...] = ()
    made: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    note: str = ""

    @property
    def places(self) -> dict[str, str]:
        """Where paths of the image are in the working copy, the longest first."""
        targets = [self._whole(target, working) for _, target, working in self.copies]
        outside = {*filter(_is_apart, self.made)}
        for target in filter(self._is_outside, targets):
            above = posixpath.dirname(target)
            outside |= {target} if not _is_apart(above) else {target, above}
        places = {path: ROOT + path for path in outside if self._is_outside(path)}
        return dict(sorted(places.items(), key=lambda pair: -len(pair[0])))

    def copied(self, context: Mapping[str, File]) -> dict[str, File]:
        """Return the files that the working copy gets of the build's context."""
        found: dict[str, File] = {}
        for sources, target, working in self.copies:
            for source in sources:
                found |= self._placed(context, source, target, working, many=len(sources) > 1)
        return found

    def _placed(
        self, context: Mapping[str, File], source: str, target: str, working: str, *, many: bool
    ) -> dict[str, File]:
        source = posixpath.normpath(source.strip("/")) if source.strip("/.") else ""
        whole = self._whole(target, working)
        into = many or whole == self.working or _is_folder(target)
        lone = posixpath.join(whole, posixpath.basename(source)) if into else whole
        found = {}
        for path, file in context.items():
            where = self._in_program(_copied_to(path, source, whole, lone))
            if where:
                found[where] = file
        return found

    def _in_program(self, path: str) -> str:
        """Return under which name a program has a file of the image, "" where it has none."""
        if path.startswith(f"{self.working.rstrip('/')}/"):
            return posixpath.relpath(path, self.working)
        return ROOT + path if path and self._is_outside(path) else ""

    def _whole(self, target: str, working: str) -> str:
        return posixpath.normpath(posixpath.join(working, target))

    def _is_outside(self, path: str) -> bool:
        """Tell whether a path is neither in the working folder nor where the format has a place."""
        inside = (self.working, *_OTHERS)
        return not any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in inside)


def _is_apart(path: str) -> bool:
    """Tell whether a folder is a task's own, and none that every system has."""
    return _SYSTEMS.fullmatch(path) is None


def read_recipe(path: Path) -> ImageRecipe:
    """Return what a Dockerfile says; an empty recipe where there is none."""
    if not path.is_file():
        return ImageRecipe()
    stage = _last_stage(text_of(path))
    script = "\n".join(stage.run)
    commands = tuple(found for line in stage.run if (found := _offline(line)))
    return ImageRecipe(
        stage.working or WORKING,
        tuple(stage.copies),
        _folders_made(commands),
        commands,
        python_packages(script),
        _note(stage, script),
    )


def _last_stage(text: str) -> _Stage:
    stages: dict[str, _Stage] = {}
    stage = _Stage()
    for word, rest in instructions(text):
        if word == "FROM":
            stage = _begun(rest, stages)
        else:
            stage.take(word, rest)
    return stage


def _begun(rest: str, stages: dict[str, _Stage]) -> _Stage:
    """Begin a stage from an image or an earlier stage, and note it in ``stages`` under its name."""
    names = [each for each in rest.split() if not each.startswith("--")]
    before = stages.get(names[0] if names else "", _Stage(" ".join(names[:1])))
    stage = replace(before, copies=[*before.copies], run=[*before.run])
    stages[names[-1] if len(names) > 2 else rest] = stage
    return stage


@dataclass(slots=True)
class _Stage:
    """A stage of a recipe while it is read."""

    base: str = ""
    working: str = ""
    copies: list[tuple[tuple[str, ...], str, str]] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    elsewhere: int = 0

    def take(self, word: str, rest: str) -> None:
        if word == "WORKDIR":
            self.working = posixpath.join(self.working or "/", rest)
        elif word == "RUN":
            self.run.append(rest)
        elif word in ("COPY", "ADD"):
            found = _copy(rest, self.working or WORKING)
            self.copies += found
            self.elsewhere += int(not found)


def _note(stage: _Stage, script: str) -> str:
    wanted = [
        f"{kind} {', '.join(names)}"
        for kind, names in (("pip", python_packages(script)), ("apt", system_packages(script)))
        if names
    ]
    text = f"its image is not built (FROM {stage.base}): what it brings must be in the sandbox"
    if wanted:
        text += f"; it installs {'; '.join(wanted)}"
    if stage.elsewhere:
        text += f"; {stage.elsewhere} COPY lines from other stages or images are not done"
    return text


def _offline(line: str) -> str:
    """Return the parts of a RUN line that need neither a network nor an image of their own."""
    if line.startswith("["):
        return ""
    if "<<" in line:  # a here-document is taken whole or not at all
        return "" if fetches(line) else line
    parts = filter(None, map(str.strip, re.sub(r"--\w+=\S+\s", "", line).split("&&")))
    return " && ".join(itertools.filterfalse(_needs_an_image, parts))


def _needs_an_image(part: str) -> bool:
    return bool(
        fetches(part)
        or _ONLY_OF_IMAGES.match(part)
        or re.match(r"\s*(?:sudo\s+)?(?:apt-get|apt|apk|pip3?|npm|conda|git clone)\b", part)
        or "/var/lib/apt/lists" in part
        or " -m pip " in part
    )


def _folders_made(commands: Sequence[str]) -> tuple[str, ...]:
    """Return the absolute folders that commands make with mkdir."""
    parts = (part for command in commands for part in re.split(r"&&|;|\n", command))
    return tuple(itertools.chain.from_iterable(map(_made_by, parts)))


def _made_by(command: str) -> list[str]:
    words = command.split()
    if words[:1] != ["mkdir"]:
        return []
    return [posixpath.normpath(each) for each in words if each.startswith("/")]


def _copy(rest: str, working: str) -> list[tuple[tuple[str, ...], str, str]]:
    """Return the sources and the target of a COPY, none for one from another stage."""
    words = _words(rest)
    if any(word.startswith("--from") for word in words):
        return []
    paths = [word for word in words if not word.startswith("--")]
    return [(tuple(paths[:-1]), paths[-1], working)] if len(paths) > 1 else []


def _words(rest: str) -> list[str]:
    """Return the words of a COPY in either of its forms, none where a quote is not closed."""
    try:
        return shlex.split(rest.strip().strip("[]").replace('",', '" '))
    except ValueError:
        return []


def _is_folder(target: str) -> bool:
    """Whether what COPY names as its target is a folder, as it is written."""
    return target in (".", "./") or target.endswith(("/", "/."))


def _copied_to(path: str, source: str, folder: str, lone: str) -> str:
    """Return where a file goes when ``source`` is copied, "" for one that is not in it; a file goes
    to ``lone``, what is in a folder to ``folder``.
    """
    if path == source:
        return lone
    if source and not path.startswith(f"{source}/"):
        return ""
    return posixpath.join(folder, path.removeprefix(source).lstrip("/"))
