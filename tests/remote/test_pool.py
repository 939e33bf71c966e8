"""Requests go to machines that are free; what a lost one had in hand is done by another."""

import asyncio

import pytest

from cladogen.errors import SandboxError, WorldAway
from cladogen.remote.base import MachineLost
from cladogen.remote.messages import AWAY
from cladogen.remote.pool import MOST_LOST, REST_S, MachinePool


class Scripted:
    """A machine that answers when it is told to."""

    def __init__(self, name="m", slots=1, reply=b"{}"):
        self.name, self.slots, self.reply = name, slots, reply
        self.calls, self.gate = [], asyncio.Event()
        self.begun = asyncio.Event()

    async def call(self, request, most_s):
        self.calls.append(request)
        self.begun.set()
        await self.gate.wait()
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def opened(*args, **how):
    machine = Scripted(*args, **how)
    machine.gate.set()
    return machine


async def test_machine_gets_no_more_than_its_slots_and_the_next_waits():
    pool, machine = MachinePool(print), Scripted(slots=2)
    pool.add(machine)
    calls = [asyncio.ensure_future(pool.call(b"%d" % at, None)) for at in range(3)]
    await machine.begun.wait()
    await asyncio.sleep(0)
    assert machine.calls == [b"0", b"1"]
    machine.gate.set()
    assert await asyncio.gather(*calls) == [b"{}"] * 3


async def test_what_a_lost_machine_had_in_hand_is_done_by_another():
    said = []
    pool, bad, good = MachinePool(said.append), Scripted("bad"), opened("good", slots=4)
    pool.add(bad)
    call = asyncio.ensure_future(pool.call(b"work", None))
    await bad.begun.wait()
    pool.add(good)
    bad.reply = MachineLost("the node is gone")
    bad.gate.set()
    assert await call == b"{}"
    assert good.calls == [b"work"]
    assert said == ["lost bad (the node is gone); 1 evaluations are put back, 4 slots are left"]


async def test_request_at_which_every_machine_is_lost_is_given_up():
    pool = MachinePool(lambda line: None)
    for at in range(MOST_LOST + 1):
        pool.add(opened(f"m{at}", reply=MachineLost("killed")))
    with pytest.raises(SandboxError, match=f"{MOST_LOST} machines were lost at this evaluation"):
        await pool.call(b"poison", None)
    assert pool.slots == 1  # the last machine is still there for others


async def test_no_machine_left_is_said_after_a_while_and_not_for_ever_waited_for():
    pool, machine = MachinePool(lambda line: None, empty_s=0.01), opened(reply=MachineLost("gone"))
    pool.add(machine)
    with pytest.raises(WorldAway, match="no machine is left; last m: gone"):
        await pool.call(b"work", None)


async def test_machine_whose_sandbox_is_away_rests_and_another_answers():
    clock = [0.0]
    pool = MachinePool(lambda line: None, now=lambda: clock[0])
    away, here = opened("away", slots=8, reply=AWAY + b"no daemon"), opened("here", slots=1)
    pool.add(away)
    pool.add(here)
    assert await asyncio.gather(*(pool.call(b"w", None) for _ in range(4))) == [b"{}"] * 4
    asked = len(away.calls)
    clock[0] = REST_S + 1
    away.reply = b"{}"
    await asyncio.gather(*(pool.call(b"w", None) for _ in range(4)))
    assert len(away.calls) > asked


async def test_every_sandbox_away_is_said_at_once():
    pool = MachinePool(lambda line: None)
    for name in "ab":
        pool.add(opened(name, reply=AWAY + b"no daemon"))
    with pytest.raises(WorldAway, match="no daemon"):
        await pool.call(b"work", None)


async def test_cancelled_waiter_leaves_its_turn_to_the_next():
    pool, machine = MachinePool(print), Scripted()
    pool.add(machine)
    first, second, third = (asyncio.ensure_future(pool.call(b"w", None)) for _ in range(3))
    await machine.begun.wait()
    machine.gate.set()
    await first
    second.cancel()
    assert await third == b"{}"


async def test_those_who_follow_are_told_of_slots_that_come_and_go():
    pool, seen = MachinePool(lambda line: None), []
    pool.follow(seen.append)
    machine = opened(slots=3)
    pool.add(machine)
    assert pool.drop(machine, "gone")
    assert not pool.drop(machine, "gone again")
    assert seen == [3, 0]
