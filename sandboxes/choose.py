"""Choosing a sandbox: the strongest that works here, or the one that is named, or a clear error.

async with open_sandbox("auto", needs=problem.sandbox, run_id=run.id) as sandbox: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import ConfigError, SandboxError
from cladogen.sandboxes.base import Limits, Sandbox, SandboxNeeds
from cladogen.sandboxes.network.allow_list import parse

if TYPE_CHECKING:
    from cladogen.sandboxes.docker.image import Recipe


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run asks of its sandbox."""

    needs: SandboxNeeds = SandboxNeeds()
    folder: Path = Path()  # what relative paths of the needs are relative to: the problem's folder
    limits: Limits = Limits()
    build: tuple[str, ...] = ()  # the build command, whose compiler the sandbox must have
    command: tuple[str, ...] = ()  # what programs are run with, where they are no functions
    run_id: str = ""
    isolation: str = "fork"
    runtime: str = ""
    progress: Callable[[str], None] = lambda line: None

    @property
    def tools(self) -> tuple[str, ...]:
        """Return the programs that builds and commands begin with."""
        named = tuple(command[0] for command in (self.build, self.command) if command)
        return (*named, *self.needs.tools)

    @property
    def plain(self) -> bool:
        """Whether nothing is asked that a plain process would leave out without a word."""
        other = replace(self.needs, exclusive=False, models=False, tools=(), requirements="")
        return other == SandboxNeeds() and not self.runtime and self._packages_are_here()

    def _packages_are_here(self) -> bool:
        """Whether this environment, which a plain process has, holds the packages asked for."""
        if not self.needs.requirements:
            return True
        from cladogen.sandboxes.packages import are_installed, read_requirements

        try:
            return are_installed(read_requirements(self.folder, self.needs.requirements))
        except SandboxError:
            return False


@asynccontextmanager
async def open_sandbox(
    name: str = "auto",
    needs: SandboxNeeds = SandboxNeeds(),
    *,
    folder: Path | None = None,
    limits: Limits | None = None,
    build: tuple[str, ...] = (),
    command: tuple[str, ...] | str = (),
    run_id: str = "",
    isolation: str = "fork",
    runtime: str = "",
    slots: int = 1,
    allow_local: bool = True,
    progress: Callable[[str], None] | None = None,
) -> AsyncIterator[Sandbox]:
    """Start the sandbox ``name`` with ``slots`` slots, and end it, whatever happens.

    "auto" takes the strongest that works. ``allow_local`` False keeps it from falling back to a
    plain process: for code that a model wrote. A named sandbox that does not work raises
    SandboxError with what to do.
    """
    wanted = Wanted(
        needs,
        folder or Path(),
        limits or Limits(),
        build,
        () if isinstance(command, str) else command,
        run_id,
        isolation,
        runtime,
        progress or (lambda line: None),
    )
    sandbox = await _started(name, wanted, slots, allow_local)
    try:
        yield sandbox
    finally:
        await sandbox.close()


async def _started(name: str, wanted: Wanted, slots: int, allow_local: bool) -> Sandbox:
    if wanted.isolation not in ("fork", "container"):
        raise ConfigError(f"no isolation named {wanted.isolation!r}; there are fork and container")
    if name != "auto":
        return await _start(name, wanted, slots)
    reasons: list[str] = []
    for candidate in _to_try(with_local=allow_local and wanted.plain):
        try:
            sandbox = await _start(candidate, wanted, slots)
        except SandboxError as error:
            reasons.append(str(error))
            continue
        for reason in reasons:
            wanted.progress(f"not in a stronger sandbox: {reason}")
        return sandbox
    raise _none_works(reasons, wanted)


def _to_try(*, with_local: bool) -> Iterable[str]:
    return KINDS if with_local else takewhile(lambda name: name != "local", KINDS)


def _none_works(reasons: Sequence[str], wanted: Wanted) -> SandboxError:
    advice = "Install Docker or bubblewrap"
    if not wanted.plain:
        advice = "Mend what [sandbox] or --runtime asks for"
    return SandboxError(
        f"no sandbox works here: {'; '.join(reasons)}. {advice}, or name --sandbox local"
    )


async def _start(name: str, wanted: Wanted, slots: int) -> Sandbox:
    sandbox = make(name, wanted)
    try:
        await sandbox.start(slots)
    except BaseException:
        await sandbox.close()
        raise
    return sandbox


def make(name: str, wanted: Wanted) -> Sandbox:
    """Return the sandbox of that name in `KINDS`, not yet started."""
    if name not in KINDS:
        raise ConfigError(f"no sandbox named {name!r}; there are {', '.join(NAMES)}")
    if wanted.runtime and name != "docker":
        raise SandboxError(
            f"{name}: the runtime {wanted.runtime!r} is Docker's; leave --runtime out"
        )
    return KINDS[name](wanted)


def _local(wanted: Wanted) -> Sandbox:
    from cladogen.sandboxes.local import Local

    allowed = parse(wanted.needs.network)
    return Local(
        isolation=wanted.isolation,
        limits=wanted.limits,
        allowed=allowed,
        gpus=wanted.needs.gpus,
        models=wanted.needs.models,
    )


def _folders(wanted: Wanted) -> tuple[str, ...]:
    return tuple(_folder(wanted.folder / folder) for folder in wanted.needs.folders)


def _folder(path: Path) -> str:
    """Return where a folder that programs may read is, here and in there."""
    found = path.resolve()
    if not found.is_dir():
        raise SandboxError(
            f"{path}: no such folder; [sandbox] folders lists what programs may read"
        )
    if any(map(found.is_relative_to, ("/tmp", "/dev", "/proc", "/sys"))):
        raise SandboxError(
            f"{path}: programs cannot read this, they have a /{found.parts[1]} of their own; move "
            "it"
        )
    return str(found)


def _bubblewrap(wanted: Wanted) -> Sandbox:
    from cladogen.sandboxes.bubblewrap import Bubblewrap
    from cladogen.sandboxes.packages import read_requirements

    needs = wanted.needs
    if needs.image or needs.dockerfile or needs.gpus:
        raise SandboxError(
            "bubblewrap: the problem asks for an image or a GPU, which only docker can give"
        )
    requirements = read_requirements(wanted.folder, needs.requirements)
    return Bubblewrap(
        isolation=wanted.isolation,
        limits=wanted.limits,
        requirements=requirements,
        folders=_folders(wanted),
        allowed=parse(needs.network),
        tools=wanted.tools,
        models=needs.models,
    )


def _docker(wanted: Wanted) -> Sandbox:
    from cladogen.sandboxes.docker.sandbox import Docker

    return Docker(
        recipe=recipe_of(wanted.needs, wanted.folder, wanted.build),
        limits=wanted.limits,
        isolation=wanted.isolation,
        runtime=wanted.runtime,
        run_id=wanted.run_id,
        folders=_folders(wanted),
        gpus=wanted.needs.gpus,
        allowed=parse(wanted.needs.network),
        models=wanted.needs.models,
        progress=wanted.progress,
    )


def recipe_of(needs: SandboxNeeds, folder: Path, build: tuple[str, ...]) -> Recipe:
    """Return what image a problem needs; a build command asks for a compiler."""
    from cladogen.sandboxes.docker.image import Recipe
    from cladogen.sandboxes.packages import read_requirements

    if needs.image and (needs.dockerfile or needs.requirements):
        raise SandboxError(
            "[sandbox] image is taken as it is; for packages on top write a dockerfile that "
            "begins with FROM it, alone"
        )
    dockerfile = _dockerfile(needs, folder)
    return Recipe(
        read_requirements(folder, needs.requirements),
        Recipe.compiles(build) or any(Recipe.compiles((tool,)) for tool in needs.tools),
        needs.image,
        dockerfile,
    )


def _dockerfile(needs: SandboxNeeds, folder: Path) -> Path | None:
    dockerfile = folder / needs.dockerfile if needs.dockerfile else None
    if dockerfile is not None and not dockerfile.is_file():
        raise SandboxError(f"{dockerfile}: no such Dockerfile")
    return dockerfile


# Strongest first: "auto" takes the first that works. A new sandbox is one line here.
KINDS: Mapping[str, Callable[[Wanted], Sandbox]] = {
    "docker": _docker,
    "bubblewrap": _bubblewrap,
    "local": _local,
}
NAMES = ("auto", *KINDS)
STRONGEST_FIRST = tuple(KINDS)
