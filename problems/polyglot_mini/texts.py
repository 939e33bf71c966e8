"""Answers of exercises about texts. A docstring is what the agent is told."""

import textwrap


def mirrored_words(text):
    """Each line of the input holds words, separated by single spaces. Write each line with every
    word spelled backwards; the words keep their order.
    """
    return lines(" ".join(word[::-1] for word in line.split(" ")) for line in rows(text))


def swapped_ends(text):
    """Each line of the input holds words, separated by single spaces. Write each line with the
    first and the last character of every word exchanged; the words keep their order.
    """
    return lines(" ".join(_swapped(word) for word in line.split(" ")) for line in rows(text))


def _swapped(word):
    return word if len(word) < 2 else word[-1] + word[1:-1] + word[0]


def ledger(text):
    """Each line of the input is a name and an amount, as in "ada +12" or "bo -3". Add up the
    amounts of each name. Write "NAME TOTAL" for each name whose total is not zero, sorted by
    name; a total has a minus sign when it is negative and no sign otherwise. Write "even" when
    there is none.
    """
    totals = {}
    for line in rows(text):
        name, amount = line.split()
        totals[name] = totals.get(name, 0) + int(amount)
    left = [f"{name} {total}" for name, total in sorted(totals.items()) if total]
    return lines(left or ["even"])


def word_tally(text):
    """Count the words of the whole input. A word is a longest stretch of the letters a to z in
    upper or lower case; upper and lower case are the same. Write "WORD COUNT" in lower case,
    the most frequent first, words that are as frequent in alphabetical order.
    """
    counts = {}
    word = ""
    for letter in text.lower() + " ":
        if "a" <= letter <= "z":
            word += letter
        elif word:
            counts[word] = counts.get(word, 0) + 1
            word = ""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return lines(f"{word} {count}" for word, count in ordered)


def runs(text):
    """Each line of the input is a command and a text of letters. For "pack TEXT" write the text
    with each run of equal letters as its length and the letter, a run of one as the letter
    alone: "aaab" becomes "3ab". For "unpack TEXT" do the reverse.
    """
    return lines(
        (_packed if line.startswith("pack") else _unpacked)(line.split()[1]) for line in rows(text)
    )


def _packed(word):
    found, start = "", 0
    for at in range(1, len(word) + 1):
        if at == len(word) or word[at] != word[start]:
            found += (str(at - start) if at - start > 1 else "") + word[start]
            start = at
    return found


def _unpacked(word):
    found, count = "", ""
    for letter in word:
        if letter.isdigit():
            count += letter
        else:
            found += letter * int(count or 1)
            count = ""
    return found


def quoted_column(text):
    """The first line of the input is a number N. The others are lines of a table whose fields are
    separated by commas. A field may stand in double quotes; then commas in it are part of it,
    and two double quotes stand for one. Write the N-th field of each line (the first is 1),
    without the quotes around it; write "-" for a line that has fewer fields.
    """
    first, *table = rows(text)
    return lines(_field(line, int(first)) for line in table)


def _field(line, number):
    fields, field, quoted, at = [], "", False, 0
    while at < len(line):
        letter = line[at]
        if letter == '"' and quoted and line[at + 1 : at + 2] == '"':
            field += '"'
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            fields.append(field)
            field = ""
        else:
            field += letter
        at += 1
    fields.append(field)
    return fields[number - 1] if number <= len(fields) else "-"


def wrapped(text):
    """The first line of the input is a width W. The rest is one text. Write its words, one after
    the other, on as few lines as a greedy writer uses: a word goes on the present line if the
    line then has at most W characters, with one space between words. No word is longer than W.
    """
    width, _, rest = text.partition("\n")
    return lines(textwrap.wrap(rest, int(width), break_long_words=False, break_on_hyphens=False))


def first_seen(text):
    """Write each line of the input once, where it comes first; lines that came before are left
    out.
    """
    return lines(dict.fromkeys(rows(text)))


def levels(text):
    """Each line of a log is "LEVEL: message", where a level is a word in capitals. Lines that do
    not begin like that belong to the message before, and are not counted. Write "LEVEL COUNT"
    for each level, sorted by level.
    """
    counts = {}
    for line in rows(text):
        level, colon, _ = line.partition(": ")
        if colon and level.isalpha() and level.isupper():
            counts[level] = counts.get(level, 0) + 1
    return lines(f"{level} {count}" for level, count in sorted(counts.items()))


def longest_line(text):
    """Write the length of the longest line of the input in characters, a space, and that line; of
    several that are as long, the first.
    """
    longest = max(rows(text), key=len)
    return lines([f"{len(longest)} {longest}"])


def rows(text):
    """Return the lines of an input, without the end of the last one."""
    return text.removesuffix("\n").split("\n")


def lines(found):
    return "".join(f"{line}\n" for line in found)
