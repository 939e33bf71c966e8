"""What the prose around two edits says of them: which one is made, or that the reply is refused."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

BASE = Program.of({"x.py": File(b"import os\n\na = 1\nb = 2\nc = 3\n")})


def diff(line: str, value: int) -> str:
    body = f"-{line}\n+{line[:4]}{value}\n"
    return f"```diff\n--- a/x.py\n+++ b/x.py\n@@ -2,3 +2,3 @@\n{body} b = 2\n```"


def outcome(first: str, second: str, words: tuple[str, str, str]) -> str:
    """Return which of two edits are made, as A, B or AB; R for a refusal."""
    before, between, after = words
    reply = f"{before}\n\n{first}\n\n{between}\n\n{second}\n\n{after}\n"
    try:
        text = apply_reply(BASE, reply).program.text("x.py")
    except PatchRefused as refusal:
        assert refusal.code in ("ambiguous-context", "no-op")
        return "R"
    return "A" * ("= 10\n" in text) + "B" * ("= 20\n" in text)


# Prose before, between and after two edits; what may come of them when they are of one line.
SAYINGS = [
    ("I considered two fixes. The first is the one I'd ship:", 'The second one is riskier and I do not suggest using it:', '', 'A'),
    ('Two ideas.\n\n1) Safe (my recommendation):', '2) Aggressive (avoid; can overflow):', '', 'A'),
    ('**Recommended:**', '**Not recommended:**', '', 'A'),
    ('✅ Do:', "❌ Don't:", '', 'A'),
    ("❌ Don't:", '✅ Do:', '', 'B'),
    ('Good:', 'Bad:', '', 'A'),
    ("Here's the patch.", 'For contrast, here is what would be wrong:', '', 'A'),
    ("Here's the patch.", 'Note: the following change looks tempting but must not be made:', '', 'A'),
    ("Here's the patch.", 'I also tried this, which made things worse, so leave it out:', '', 'AR'),
    ("Here's the patch.", 'An earlier attempt of mine, which I have discarded:', '', 'AR'),
    ('My first attempt was:', 'but that breaks on empty input, so the final patch is:', '', 'B'),
    ('First attempt:', 'Second attempt, with the bug fixed:', '', 'B'),
    ('Option A is:', 'Option B is:', 'Pick A unless memory is tight.', 'A'),
    ('Option A:', 'Option B:', 'Of these, B is better because it is stable.', 'B'),
    ('Option A:', 'Option B:', "I'd choose the latter.", 'B'),
    ('Option A:', 'Option B:', 'The former is preferable.', 'A'),
    ('Option 1 — bigger step:', 'Option 2 — smaller step (recommended):', '', 'B'),
    ('Plan A (preferred):', 'Plan B (fallback, only if A does not compile):', '', 'A'),
    ('Primary change:', 'Fallback, only if the primary change fails to compile:', '', 'AR'),
    ('Apply this one:', 'Do not apply this one:', '', 'A'),
    ('The change I want you to make:', 'The change I do NOT want you to make:', '', 'A'),
    ('What to do:', 'What not to do:', '', 'A'),
    ('I recommend the following.', "You might be tempted to write this instead; don't.", '', 'AR'),
    ('Ich würde das hier nehmen:', 'Davon rate ich ab:', '', 'A'),
    ('Richtig:', 'Falsch:', '', 'A'),
    ('Falsch:', 'Richtig:', '', 'B'),
    ('Correct:', 'Incorrect:', '', 'A'),
    ('推荐做法：', '不推荐的做法：', '', 'A'),
    ('正确：', '错误：', '', 'A'),
    ('以下修改请应用：', '以下修改请不要应用：', '', 'A'),
    ('Правильно:', 'Неправильно:', '', 'A'),
    ('À faire :', 'À ne pas faire :', '', 'A'),
    ('Hazlo así:', 'Así no:', '', 'A'),
    ('良い例：', '悪い例：', '', 'A'),
    ('Let me think. One could do', 'However, I think the following is cleaner and is what I propose:', '', 'B'),
    ('Proposal:', 'For reference only, the competing proposal that I decided not to take:', '', 'A'),
    ('Change:', 'Alternative (not applied):', '', 'A'),
    ('Change:', "Alternative that I don't recommend:", '', 'A'),
    ('Change:', '(Just for illustration, the naive version — please ignore:)', '', 'AR'),
    ('Ignore this draft:', 'Use this:', '', 'B'),
    ('Draft (ignore):', 'Final:', '', 'B'),
    ('Old proposal, superseded:', 'New proposal:', '', 'B'),
    ('v1:', 'v2:', '', 'BR'),
    ('This is the version without the guard, which crashes. Do not use it.', 'With the guard:', '', 'BR'),
    ('I suggest this:', 'Some people would do this, but it is wrong:', '', 'AR'),
    ('Patch:', 'Do NOT also do this:', '', 'A'),
    ('Patch:', 'Under no circumstances apply the next diff:', '', 'A'),
    ('Patch:', 'The next diff is an example of what breaks the judge. It must not be part of the answer.', '', 'AR'),
    ('', '', '', 'R'),
    ('Raise a:', 'Raise a more:', '', 'R'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "between", "after", "right"), SAYINGS)
def test_of_two_edits_of_one_line_the_one_that_the_reply_wants_is_made(
    before: str, between: str, after: str, right: str
) -> None:
    got = outcome(diff("a = 1", 10), diff("a = 1", 20), (before, between, after))
    assert got in (*right, "R")


@pytest.mark.parametrize(("before", "between", "after", "right"), SAYINGS)
def test_edit_that_the_reply_warns_of_is_not_made_beside_the_other(
    before: str, between: str, after: str, right: str
) -> None:
    below = diff("c = 3", 20).replace("-c = 3", " b = 2\n-c = 3").replace("\n b = 2\n```", "\n```")
    got = outcome(diff("a = 1", 10), below, (before, between, after))
    allowed = (*right, "R", "AB") if right in ("R", "BR") else (*right, "R")
    assert got in allowed


@pytest.mark.parametrize(
    ("between", "got"),
    [
        ("And the other end:", "AB"),
        ("The second change goes with it:", "AB"),
        ("This does not touch the first part:", "AB"),
        ("Next, c:", "AB"),
        ("Do not forget c:", "AB"),
        ("c must not stay behind:", "AB"),
    ],
)
def test_edits_that_go_together_are_both_made(between: str, got: str) -> None:
    below = diff("c = 3", 20).replace("-c = 3", " b = 2\n-c = 3").replace("\n b = 2\n```", "\n```")
    assert outcome(diff("a = 1", 10), below, ("Raise a:", between, "That is all.")) == got


# Prose of models about the program and about what was tried, without an "Idea:" label.
OF_PROGRAMS = [
    "Larger steps turned out worse in #7, so the steps shrink here.",
    "A swap is accepted only if the sum grows.",
    "Moves that make the sum worse are taken only if the temperature allows it.",
    "I avoid the second pass over the pairs, which is where the time goes.",
    "The naive version recomputes all distances, so I keep them between steps.",
    "Blank lines are ignored, and overlapping candidates are discarded.",
    "The greedy fallback stays for inputs with fewer than three items.",
    "The sandbox does not include SciPy, so the linear program is solved by hand.",
    "One could sort by radius as well, but the wall distance is what limits the corners.",
    "An earlier attempt raised the number of steps and got nothing for it.",
    "This should not take longer than before, since the table is built once.",
    "We do not want overlaps at the border.",
    "The obsolete sort is gone with it.",
    "The previous attempt (#3) removed the border and failed, so I keep it.",
    "We could also rename the function, but that is cosmetic and I leave it out.",
    "Alternatively one could anneal; I do not do that here, for the budget is short.",
    "A wider border would help the corners; I leave that out, as #4 tried it without gain.",
    "Either alone gains less.",
    "I do not recommend going beyond 40000, which would take 9 s.",
    "The alternative, annealing, came to 2.41 in #11, so skip that.",
]  # fmt: skip


@pytest.mark.parametrize("said", OF_PROGRAMS)
def test_doubt_about_the_program_or_what_was_tried_is_none_about_an_edit(said: str) -> None:
    below = diff("c = 3", 20).replace("-c = 3", " b = 2\n-c = 3").replace("\n b = 2\n```", "\n```")
    for words in ((said, "And the other end:", ""), ("Raise a:", said, ""), ("Raise a:", "", said)):
        assert outcome(diff("a = 1", 10), below, words) == "AB", words


@pytest.mark.parametrize("said", OF_PROGRAMS)
@pytest.mark.parametrize("below", [False, True])
def test_only_edit_is_made_beside_such_words(said: str, below: bool) -> None:
    reply = f"{diff('a = 1', 10)}\n\n{said}\n" if below else f"{said}\n\n{diff('a = 1', 10)}\n"
    assert "a = 10" in apply_reply(BASE, reply).program.text("x.py")


def test_what_a_reply_supposes_and_leaves_is_no_edit_where_its_edit_does_it() -> None:
    edit = "```diff\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-margin = 1\n+margin = 2\n```"
    base = Program.of({"x.py": File(b"margin = 1\n")})
    with pytest.raises(PatchRefused):
        apply_reply(base, f"One could widen the margin. I do not do that.\n\n{edit}\n")


@pytest.mark.parametrize("said", OF_PROGRAMS)
def test_such_words_do_not_choose_between_two_edits_of_one_line(said: str) -> None:
    for words in ((said, "", ""), ("", said, ""), ("", "", said)):
        assert outcome(diff("a = 1", 10), diff("a = 1", 20), words) == "R", words


def test_refusal_quotes_the_words_that_cast_a_doubt() -> None:
    below = diff("c = 3", 20).replace("-c = 3", " b = 2\n-c = 3").replace("\n b = 2\n```", "\n```")
    reply = f"Raise a:\n\n{diff('a = 1', 10)}\n\nA fallback, only if that is too slow:\n\n{below}\n"
    with pytest.raises(PatchRefused, match="A fallback, only if that is too slow") as refusal:
        apply_reply(BASE, reply)
    assert refusal.value.code == "ambiguous-context"
