"""What is recorded under a name is returned; anything else is made and recorded, once."""

import pytest

from cladogen.journal import once
from cladogen.models.calls import AnsweredCall, CallStatus, MemoryLog, Message, Reply, Request
from cladogen.proposal import Cost


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


async def test_answered_call_is_returned_and_a_failed_one_is_asked_for_again():
    log, made = MemoryLog(), []

    async def ask():
        request = Request(4, 0, "diff", "m", (Message("user", f"question {len(made)}"),))
        made.append(request)
        number = log.begin(request, 0, None)
        reply = Reply(CallStatus.FAILED) if len(made) == 1 else Reply(CallStatus.REPLIED, "yes")
        log.finish(number, reply, Cost())
        return log.under(4, 0)[-1]

    entry = AnsweredCall(log, 4, 0)
    replies = [(await once(entry, ask)).reply.status for _ in range(4)]
    assert replies == [CallStatus.FAILED, *[CallStatus.REPLIED] * 3] and len(made) == 2
    assert AnsweredCall(log, 4, 0, key=made[1].key).read() == entry.read()
    assert AnsweredCall(log, 4, 0, key="another").read() is None
    assert AnsweredCall(log, 4, 0, "embed").read() is None
