"""What is recorded under a name is returned; anything else is made and recorded, once."""

import pytest

from cladogen.journal import once


class Shelf:
    """An entry in memory. ``keeps`` False: what is made must not be kept."""

    def __init__(self, keeps: bool = True) -> None:
        self.kept, self.keeps = None, keeps

    def read(self):
        return self.kept

    def write(self, made):
        self.kept = made if self.keeps else None
        return made


async def test_what_is_recorded_is_not_made_again():
    entry, made = Shelf(), []

    async def make():
        made.append(1)
        return "it"

    assert [await once(entry, make), await once(entry, make)] == ["it", "it"]
    assert len(made) == 1


async def test_what_failed_is_not_recorded_and_is_made_again():
    entry = Shelf()

    async def fails():
        raise RuntimeError("the world")

    async def works():
        return "it"

    with pytest.raises(RuntimeError):
        await once(entry, fails)
    assert entry.kept is None and await once(entry, works) == "it"


async def test_what_must_not_be_kept_is_returned_all_the_same():
    entry = Shelf(keeps=False)

    async def make():
        return "it"

    assert await once(entry, make) == "it" and entry.read() is None
