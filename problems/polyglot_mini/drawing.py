"""Inputs of the exercises, drawn from a generator: one function for each, of the same name."""

import json

NAMES = ("ada", "bo", "cy", "dee", "eli", "fay", "gus")
WORDS = ("The", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "so")


def mirrored_words(rng):
    return some_lines(rng, 1, 5, lambda: sentence(rng, 1, 7))


def swapped_ends(rng):
    return some_lines(rng, 1, 5, lambda: sentence(rng, 2, 7))


def ledger(rng):
    def line():
        return f"{pick(rng, NAMES[: rng.integers(2, 8)])} {rng.integers(-9, 10):+d}"

    return some_lines(rng, 1, 12, line)


def bracket_depth(rng):
    return some_lines(rng, 2, 6, lambda: brackets(rng))


def brackets(rng):
    if rng.random() < 0.5:
        return letters(rng, "()[]{}ab ", 0, 9)
    found = ""
    for _ in range(rng.integers(1, 4)):
        opened, closed = pick(rng, ("()", "[]", "{}"))
        found = pick(rng, (f"{opened}{found}{closed}", f"{found}x{opened}{closed}"))
    return found[: len(found) - int(rng.random() < 0.2)]


def free_slots(rng):
    start = int(rng.integers(0, 50))
    end = start + int(rng.integers(5, 60))

    def meeting():
        begins = int(rng.integers(max(0, start - 5), end + 5))
        return f"{begins} {begins + rng.integers(1, 25)}"

    return f"{start} {end}\n" + some_lines(rng, 1, 6, meeting)


def lower_medians(rng):
    return some_lines(rng, 1, 15, lambda: int(rng.integers(-50, 51)))


def other_base(rng):
    def line():
        most = 10 ** int(rng.integers(1, 19))
        return f"{rng.integers(-most, most)} {rng.integers(2, 37)}"

    return some_lines(rng, 1, 8, line)


def islands(rng):
    width, share = int(rng.integers(1, 14)), rng.random()
    return some_lines(
        rng, 1, 10, lambda: "".join("#" if rng.random() < share else "." for _ in range(width))
    )


def small_cache(rng):
    def line():
        key = pick(rng, NAMES[:5])
        return f"get {key}" if rng.random() < 0.4 else f"put {key} {rng.integers(100)}"

    return f"{rng.integers(1, 4)}\nput {pick(rng, NAMES)} 1\n" + some_lines(rng, 2, 15, line)


def word_tally(rng):
    def line():
        return sentence(rng, 1, 9, pick(rng, (" ", ", ", "-", " 7 ")))

    return some_lines(rng, 1, 5, line)


def runs(rng):
    def line():
        if rng.random() < 0.5:
            return "pack " + letters(rng, "aaab", 1, 14)
        parts = [
            f"{pick(rng, ('', '2', '3', '12'))}{letter}" for letter in letters(rng, "xyz", 1, 5)
        ]
        return "unpack " + "".join(parts)

    return some_lines(rng, 1, 6, line)


def postfix(rng):
    return some_lines(rng, 2, 7, lambda: expression(rng))


def expression(rng):
    if rng.random() < 0.25:
        return " ".join(pick(rng, ("1", "2", "+", "/", "0")) for _ in range(rng.integers(1, 6)))
    words, depth = [], 0
    while len(words) < 11 and (depth != 1 or rng.random() < 0.8):
        if depth > 1 and rng.random() < 0.5:
            words.append(pick(rng, "+-*/"))
            depth -= 1
        else:
            words.append(str(rng.integers(-20, 21)))
            depth += 1
    return " ".join([*words, *(pick(rng, "+-*") for _ in range(depth - 1))])


def primes_between(rng):
    def line():
        most = 10 ** int(rng.integers(1, 7))
        low, high = sorted(int(number) for number in rng.integers(0, most + 1, 2))
        return f"{low} {high}"

    return some_lines(rng, 1, 5, line)


def quoted_column(rng):
    def field():
        kind = rng.integers(4)
        if kind == 0:
            return '"a, ' + pick(rng, NAMES) + '"'
        return ('"say ""' + pick(rng, NAMES) + '"""') if kind == 1 else pick(rng, (*NAMES, ""))

    def line():
        return ",".join(field() for _ in range(rng.integers(1, 5)))

    return f"{rng.integers(1, 5)}\n" + some_lines(rng, 1, 6, line)


def leaf_paths(rng):
    def value(depth):
        kind = int(rng.integers(6 if depth < 3 else 4))
        if kind == 4:
            return [value(depth + 1) for _ in range(rng.integers(0, 4))]
        if kind == 5:
            return {pick(rng, NAMES): value(depth + 1) for _ in range(rng.integers(0, 4))}
        return (int(rng.integers(-99, 100)), pick(rng, NAMES), bool(rng.random() < 0.5), None)[kind]

    return some_lines(rng, 1, 3, lambda: json.dumps({"top": [value(0), value(1)]}))


def turnstile(rng):
    events = ("coin", "push", "coin", "push", "tick", "tick", "key")
    return some_lines(rng, 3, 24, lambda: pick(rng, events))


def days_apart(rng):
    def day():
        year, month = rng.integers(1600, 2401), rng.integers(1, 13 + int(rng.random() < 0.05))
        return f"{year:04d}-{month:02d}-{rng.integers(1, 29 + int(rng.integers(0, 4))):02d}"

    return some_lines(rng, 2, 7, lambda: f"{day()} {day()}") + "1900-02-29 2000-02-29\n"


def build_order(rng):
    parts = [f"p{number}" for number in rng.permutation(8)]
    found = []
    for at in range(1, int(rng.integers(2, 8))):
        others = [
            str(part) for part in rng.choice(parts[:at], min(at, int(rng.integers(1, 3))), False)
        ]
        found.append(" ".join([parts[at], *others]))
    if rng.random() < 0.25:
        found.append(f"{parts[0]} {parts[1]}")
    return "".join(f"{line}\n" for line in found)


def counters(rng):
    comes, found = 0, []
    for _ in range(rng.integers(1, 10)):
        comes += int(rng.integers(0, 4))
        found.append(f"{comes} {rng.integers(1, 9)}")
    return f"{rng.integers(1, 4)}\n" + "".join(f"{line}\n" for line in found)


def spiral(rng):
    width = int(rng.integers(1, 6))
    return some_lines(
        rng, 1, 5, lambda: " ".join(str(number) for number in rng.integers(0, 100, width))
    )


def wrapped(rng):
    return f"{rng.integers(6, 30)}\n" + some_lines(rng, 1, 4, lambda: sentence(rng, 2, 9))


def column_sums(rng):
    def line():
        numbers = map(str, rng.integers(-99, 1000, rng.integers(1, 6)))
        return pick(rng, (" ", "  ", "   ")).join(numbers)

    return some_lines(rng, 1, 8, line)


def first_seen(rng):
    return some_lines(rng, 3, 12, lambda: sentence(rng, 1, 2))


def levels(rng):
    def line():
        if rng.random() < 0.3:
            return pick(rng, ("  at line 3", "Note: not a level", "ERROR without a colon", "x: y"))
        return f"{pick(rng, ('INFO', 'WARN', 'ERROR', 'DEBUG'))}: {sentence(rng, 1, 4)}"

    return "INFO: begins\n" + some_lines(rng, 1, 12, line)


def longest_line(rng):
    return some_lines(rng, 2, 8, lambda: sentence(rng, 1, 6))


def some_lines(rng, least, most, line):
    return "".join(f"{line()}\n" for _ in range(rng.integers(least, most + 1)))


def sentence(rng, least, most, between=" "):
    return between.join(pick(rng, WORDS) for _ in range(rng.integers(least, most + 1)))


def letters(rng, alphabet, least, most):
    return "".join(pick(rng, alphabet) for _ in range(rng.integers(least, most + 1)))


def pick(rng, values):
    return values[int(rng.integers(len(values)))]
