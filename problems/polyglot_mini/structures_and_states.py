"""Answers of exercises about structures and states. A docstring is what the agent is told."""

import heapq
import json

from texts import lines, rows

CLOSES = {")": "(", "]": "[", "}": "{"}


def bracket_depth(text):
    """Each line of the input holds brackets ( ) [ ] { } and other characters, which mean nothing.
    For a line whose brackets match, write how deep they are nested (0 without brackets). Else
    write "broken" and the position (the first is 1) of the first bracket that closes what is
    not open; when none does, "open" and how many are not closed.
    """
    return lines(map(_depth, rows(text)))


def _depth(line):
    stack, deepest = [], 0
    for at, letter in enumerate(line, 1):
        if letter in CLOSES.values():
            stack.append(letter)
            deepest = max(deepest, len(stack))
        elif letter in CLOSES and (not stack or stack.pop() != CLOSES[letter]):
            return f"broken {at}"
    return f"open {len(stack)}" if stack else str(deepest)


def free_slots(text):
    """The first line of the input is the first and the last minute of a day, A and B. Each further
    line is the first minute of a meeting and the minute after its last. Meetings may overlap,
    and may reach beyond the day. Write each longest stretch of free minutes of the day as "FROM
    TO", TO being the minute after the last, in order; B itself belongs to the day. Write "none"
    when there is no free minute.
    """
    (start, end), *meetings = (tuple(map(int, line.split())) for line in rows(text))
    found, free = [], start
    for begins, ends in sorted(meetings):
        if begins > free and free <= end:
            found.append(f"{free} {min(begins, end + 1)}")
        free = max(free, ends)
    if free <= end:
        found.append(f"{free} {end + 1}")
    return lines(found or ["none"])


def islands(text):
    """The input is a map of "#" (land) and "." (water), lines of equal length. Land that touches
    land on one of its four sides belongs to the same island. Write how many islands there are
    and how many squares the largest has, separated by a space.
    """
    land = {
        (y, x) for y, row in enumerate(rows(text)) for x, letter in enumerate(row) if letter == "#"
    }
    sizes = [0]
    while land:
        waiting, size = [land.pop()], 0
        while waiting:
            y, x = waiting.pop()
            size += 1
            near = {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)} & land
            land -= near
            waiting += near
        sizes.append(size)
    return lines([f"{len(sizes) - 1} {max(sizes)}"])


def small_cache(text):
    """The first line of the input is how many keys a cache holds. Each further line is "put KEY
    VALUE" or "get KEY". A put or a get that finds its key makes that key the last used; when a
    put of a new key finds the cache full, the key that was used longest ago is dropped. For
    each get write the value, or "-" when the key is not there. At the end write the keys, the
    one used longest ago first, separated by spaces.
    """
    first, *commands = rows(text)
    held, found = {}, []
    for line in commands:
        word, key, *value = line.split()
        known = held.pop(key, None)
        if word == "get":
            found.append("-" if known is None else known)
            held |= {} if known is None else {key: known}
            continue
        if known is None and len(held) == int(first):
            del held[next(iter(held))]
        held[key] = value[0]
    return lines([*found, " ".join(held)])


def leaf_paths(text):
    """Each line of the input is one JSON value. Write, for all lines one after the other, each
    value in it that is neither an object nor an array as "PATH=VALUE", in the order of the
    text. A path is keys joined by "." and, for an item of an array, its number from 0 in
    brackets behind: a.b[0].c. The path of a line that is such a value itself is empty. Values
    are written as JSON; texts have letters and digits only.
    """
    found = []
    for line in rows(text):
        _collect(json.loads(line), "", found)
    return lines(found)


def _collect(value, path, found):
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, f"{path}.{key}" if path else key, found)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            _collect(inner, f"{path}[{at}]", found)
    else:
        found.append(f"{path}={json.dumps(value)}")


def turnstile(text):
    """A turnstile is locked at first. The input is one event a line: "coin", "push", "key" or
    "tick". A coin unlocks it; a coin while it is unlocked is kept for nothing. A push while it
    is unlocked lets one person through and locks it; while it is locked it raises an alarm,
    after which it takes no coin until a "key". A key ends an alarm and locks it. After three
    ticks in a row it locks itself, if it was unlocked. Write at the end: the state (locked,
    unlocked or alarm), the persons let through, and the coins taken, separated by spaces; a
    coin during an alarm is not taken.
    """
    state, persons, coins, ticks = "locked", 0, 0, 0
    for event in rows(text):
        ticks = ticks + 1 if event == "tick" else 0
        if event == "key" or (ticks == 3 and state == "unlocked"):
            state = "locked"
        elif event == "coin" and state != "alarm":
            state, coins = "unlocked", coins + 1
        elif event == "push" and state == "unlocked":
            state, persons = "locked", persons + 1
        elif event == "push":
            state = "alarm"
    return lines([f"{state} {persons} {coins}"])


def build_order(text):
    """Each line of the input is a part and the parts that must be built before it, separated by
    spaces. A part that only others name needs nothing. Write all parts on one line, in an order
    in which they can be built; wherever several can be next, the one that is first in
    alphabetical order. Write "cycle" when there is no such order.
    """
    needs = {}
    for line in rows(text):
        part, *others = line.split()
        needs.setdefault(part, set()).update(others)
        for other in others:
            needs.setdefault(other, set())
    order, ready = [], sorted(part for part in needs if not needs[part])
    while ready:
        part = heapq.heappop(ready)
        order.append(part)
        for other, before in needs.items():
            if part in before:
                before.remove(part)
                if not before:
                    heapq.heappush(ready, other)
    return lines([" ".join(order) if len(order) == len(needs) else "cycle"])


def counters(text):
    """The first line of the input is how many counters serve customers. Each further line is the
    minute at which a customer comes and how many minutes it takes; they are in the order of
    coming. Each waits for the counter that is free first, of several the one with the smallest
    number (the first is 1). Write "COUNTER START" for each customer, and at the end the minute
    when the last is done.
    """
    first, *customers = rows(text)
    free, found, last = [(0, number) for number in range(1, int(first) + 1)], [], 0
    for line in customers:
        comes, takes = map(int, line.split())
        at, number = min((max(comes, when), number) for when, number in free)
        free[number - 1] = (at + takes, number)
        found.append(f"{number} {at}")
        last = max(last, at + takes)
    return lines([*found, last])
