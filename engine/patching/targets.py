"""Which file an edit means: by its name, by the prose before it, or because only one file can be
meant.
"""

from __future__ import annotations

from collections.abc import Callable

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit, LineKind
from cladogen.patching.parent import Parent
from cladogen.patching.parts.completeness import why_part
from cladogen.patching.parts.languages import language_of
from cladogen.patching.place.match import Search
from cladogen.patching.place.readings import read_as
from cladogen.patching.read.names import resolve
from cladogen.patching.read.snippets import Texts, concerns, defines, defines_some
from cladogen.patching.read.whole import Snippet

_PLACEHOLDERS = ("original", "modified", "before", "after", "file")
_AFTER = ("new", "modified", "updated", "orig", "patched", "after", "fixed")


def paths(edit: FileEdit, parent: Parent) -> tuple[str, str]:
    """Return the path before and after; "" for a side that does not exist."""
    if not edit.name or edit.name in _PLACEHOLDERS:
        only = _unnamed(edit, parent)
        return only, only
    if edit.created and not edit.old:
        return "", resolve(edit.new, parent.texts, creating=True)
    new = resolve(edit.name, parent.texts)
    old = resolve(edit.old, parent.texts) if edit.old else new
    return _moved(edit, old, new, parent)


def _moved(edit: FileEdit, old: str, new: str, parent: Parent) -> tuple[str, str]:
    if edit.renamed or edit.copied:
        return old, resolve(edit.new, parent.texts, creating=True)
    if edit.deleted:
        return old, ""
    return _sides(edit, old, new, parent)


def _sides(edit: FileEdit, old: str, new: str, parent: Parent) -> tuple[str, str]:
    """Return the path before and after of an edit that says nothing of the file itself."""
    if old in parent.texts and new not in parent.texts:  # so they differ
        return old, old if _is_remark(old, new) else new
    return (new, new) if new in parent.texts else _stranger(edit, new, parent)


def _stranger(edit: FileEdit, path: str, parent: Parent) -> tuple[str, str]:
    """A file that is not there: made by an edit without old rows, otherwise the one whose text
    fits.
    """
    if edit.whole is not None or not any(hunk.old for hunk in edit.hunks):
        return "", path
    fitting = _fitting(edit, parent.editable(), parent)
    if len(fitting) == 1 and _removes_lines(edit):
        return fitting[0], fitting[0]
    raise parent.no_such_file(path)


def _removes_lines(edit: FileEdit) -> bool:
    return any(row.kind == LineKind.REMOVED for row in edit.rows)


def _unnamed(edit: FileEdit, parent: Parent) -> str:
    """Return the file an edit without a name means."""
    names = _possible(edit, parent)
    if len(names) == 1:
        return names[0]
    raise PatchRefused(
        "ambiguous-context" if names else "removed-lines-not-found",
        f"an edit names no file and fits {len(names) or 'none'} of {parent.listing()}; name the "
        "file",
    )


def _possible(edit: FileEdit, parent: Parent) -> list[str]:
    """Return the files that an edit without a name can be about."""
    names = parent.editable()
    if edit.whole is not None:
        names = [path for path in names if _may_be(edit, edit.whole, path, parent)]
        return _held_by(edit.whole, names, parent)
    return _fitting(edit, names, parent) if len(names) > 1 else names


def _may_be(edit: FileEdit, whole: str, path: str, parent: Parent) -> bool:
    """Whether a whole text that nothing names may be meant for a file: it must have something of
    it, unless there is one file, and that of no known language.
    """
    if not Snippet("", edit.language).fits(path):
        return False
    if len(parent.editable()) == 1 and language_of(path) is None:
        return True
    return concerns(whole, path, parent.texts)


def _held_by(whole: str, names: list[str], parent: Parent) -> list[str]:
    """Return the files whose definitions a text gives, or that it can be the whole of."""
    known = _told_by(defines, whole, names, parent)
    if known:
        return known
    some = _told_by(defines_some, whole, names, parent)
    return some if len(some) == 1 else _complete(whole, names, parent) or names


def _complete(whole: str, names: list[str], parent: Parent) -> list[str]:
    """Return the files that a text can be the whole of."""
    entry = parent.policy.entry
    return [path for path in names if not why_part(whole, path, parent.texts, entry)]


def _told_by(
    tells: Callable[[str, str, Texts], bool],
    whole: str,
    names: list[str],
    parent: Parent,
) -> list[str]:
    """Return the files that a text is about as a rule tells."""
    return [path for path in names if tells(whole, path, parent.texts)]


def _fitting(edit: FileEdit, names: list[str], parent: Parent) -> list[str]:
    """Return the files that have all old lines of an edit as it gives them."""
    return [path for path in names if _fits_exactly(edit, path, parent)]


def _fits_exactly(edit: FileEdit, path: str, parent: Parent) -> bool:
    hunks = read_as(edit.hunks, parent.text(path))
    searches = [Search(hunk, parent.text(path)) for hunk in hunks if hunk.old]
    return bool(searches) and all(map(_is_found, searches))


def _is_found(search: Search) -> bool:
    return any(one.cost < 0.5 for one in search.candidates())


def _is_remark(old: str, new: str) -> bool:
    """Whether the new name is only a way to say "after" (program.py and program_new.py, or
    modified).
    """
    if "." not in new.rpartition("/")[2]:
        return True
    stem, (tail, _, ending) = old.rpartition(".")[0] or old, new.rpartition(".")
    if tail == old == stem:  # Makefile.new: the name has no ending of its own
        return ending in _AFTER
    said = tail[len(stem) :].lstrip("._-")
    return tail.startswith(stem) and said in (*_AFTER, old.rpartition(".")[2])
