"""Answers of exercises about numbers. A docstring is what the agent is told."""

from datetime import date

from texts import lines, rows

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def lower_medians(text):
    """The input is one integer a line. After each of them write the lower median of all so far: of
    an even number of values, the smaller of the two in the middle.
    """
    seen, found = [], []
    for line in rows(text):
        seen = sorted([*seen, int(line)])
        found.append(seen[(len(seen) - 1) // 2])
    return lines(found)


def other_base(text):
    """Each line of the input is an integer, which may be negative and fits in 64 bits, and a base
    from 2 to 36. Write the integer in that base, with digits 0 to 9 and a to z, and a minus
    sign where it is negative.
    """
    found = []
    for line in rows(text):
        number, base = map(int, line.split())
        left, digits = abs(number), ""
        while left or not digits:
            digits = DIGITS[left % base] + digits
            left //= base
        found.append("-" * (number < 0) + digits)
    return lines(found)


def postfix(text):
    """Each line of the input is an expression in postfix form: integers and the operators + - * /
    with spaces between them. "/" divides and drops the fraction, towards zero. Write the value.
    Write "error" when an operator lacks operands, something else than one value is left, or a
    division is by zero.
    """
    return lines(_value(line.split()) for line in rows(text))


def _value(words):
    stack = []
    for word in words:
        if word not in ("+", "-", "*", "/"):
            stack.append(int(word))
            continue
        if len(stack) < 2 or (word == "/" and stack[-1] == 0):
            return "error"
        right, left = stack.pop(), stack.pop()
        if word == "/":
            quotient = abs(left) // abs(right)
            stack.append(quotient if (left < 0) == (right < 0) else -quotient)
        else:
            stack.append({"+": left + right, "-": left - right, "*": left * right}[word])
    return stack[0] if len(stack) == 1 else "error"


def primes_between(text):
    """Each line of the input is two integers A and B, 0 <= A <= B <= 1000000. Write how many
    primes there are from A to B, both included.
    """
    top = max(int(line.split()[1]) for line in rows(text))
    sieve = bytearray([0, 0] + [1] * max(0, top - 1))
    for number in range(2, int(top**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    pairs = (map(int, line.split()) for line in rows(text))
    return lines(sum(sieve[low : high + 1]) for low, high in pairs)


def days_apart(text):
    """Each line of the input is two dates, YYYY-MM-DD, from the years 1600 to 2400. Write how many
    days the second is after the first, negative when it is before; "bad" when one of them is no
    date of the Gregorian calendar.
    """
    return lines(_days(*line.split()) for line in rows(text))


def _days(one, other):
    try:
        return (date.fromisoformat(other) - date.fromisoformat(one)).days
    except ValueError:
        return "bad"


def spiral(text):
    """The input is a table of integers, one row a line, separated by spaces. Write all of them on
    one line, separated by spaces, in the order of a spiral: along the first row to the right,
    down, left, up, and so on inwards.
    """
    table, found = [line.split() for line in rows(text)], []
    while table:
        found += table[0]
        table = [list(row) for row in zip(*table[1:], strict=True)][::-1]
    return lines([" ".join(found)])


def column_sums(text):
    """Each line of the input is integers, separated by one or more spaces; lines may have
    different numbers of them. Write the sum of each column on one line, separated by single
    spaces.
    """
    sums = []
    for line in rows(text):
        for at, word in enumerate(line.split()):
            sums += [0] * (at + 1 - len(sums))
            sums[at] += int(word)
    return lines([" ".join(map(str, sums))])
