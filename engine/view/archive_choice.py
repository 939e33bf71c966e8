"""The best programs by the rule of the run's own archive, where it measures case by case."""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.errors import CladogenError
from cladogen.view.readable import Rankable


def shortlist(run: Rankable, count: int) -> Sequence[int]:
    """Return the choice of an archive that measures case by case; nothing for one that ranks by
    fitness, nor for one that is gone, of which the reader warns.
    """
    from cladogen.archives import CASE_BY_CASE, NAMES

    if run.settings.archive in NAMES.keys() - CASE_BY_CASE:
        return ()  # known without loading it
    from cladogen.archives.options import find_archive, make_archive
    from cladogen.record.fold import folded
    from cladogen.record.memory import RunRecord

    settings, folder = run.settings, run.problem.folder
    try:
        if getattr(find_archive(settings.archive, folder), "opening", None) is None:
            return ()
        space = run.problem.space(run.store.case_names())
        archive = make_archive(settings.archive, space, settings.archive_options, folder)
        record = RunRecord(run.store, run.problem.score)
        for result, round_, _ in folded(run.store, record):
            archive.tell(record.absorb(result, round_))
        return archive.shortlist(count)
    except ValueError:  # a run that only begins
        return ()
    except CladogenError as error:
        run.warn(f"{error}; ranked by training score instead")
        return ()
