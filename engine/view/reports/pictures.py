"""Pictures that the scorer drew of what a program returned on training cases."""

from __future__ import annotations

from cladogen.errors import RunError
from cladogen.evaluators.picture import PNG, picture_bytes
from cladogen.view.run_reader import RunReader

MOST = 6  # of one program, that are shown


def pictures(run: RunReader, number: int) -> dict[str, str]:
    """Return a program's pictures by case, as URLs of `cladogen.evaluators.picture`, in the
    order in which the cases were measured.
    """
    found: dict[str, str] = {}
    for stored in run.store.evaluations(number):
        row = stored.evaluation
        if row.case not in found and (url := run.store.picture(row.output, row.case)):
            found[row.case] = url
        if len(found) == MOST:
            break
    return found


def picture(run: RunReader, number: int, case: str = "") -> tuple[str, bytes]:
    """Return the media type and the bytes of a program's picture on a case, "": the first one;
    raises RunError where there is none.
    """
    found = pictures(run, number)
    url = found.get(case) if case else next(iter(found.values()), None)
    if url is None:
        where = f" on case {case!r}" if case else ""
        drawn = f"; there are of: {', '.join(found)}" if found else ""
        raise RunError(f"#{number}: the scorer drew no picture{where}{drawn}")
    try:
        return picture_bytes(url)
    except ValueError:
        raise RunError(f"#{number}: the picture cannot be read: damaged record") from None


def described(url: str) -> str:
    """Say what a picture is: "PNG, 9 KB"."""
    kind, data = picture_bytes(url)
    return f"{'PNG' if kind == PNG else 'SVG'}, {max(1, len(data) // 1000)} KB"
