"""Replies that take an edit back in words and go on with another one elsewhere: never both."""

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

SOLVER = "LIMIT = 100\nSEED = 7\n\n\ndef solve(items):\n    return items[:LIMIT]\n"


def after(reply: str) -> str:
    base = Program.of({"solver.py": File(SOLVER.encode())})
    return apply_reply(base, reply, ended=True).program.text("solver.py")


def refusal(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return str(caught.value)


def block(search: str, replace: str) -> str:
    return f"```python\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n```\n"


SEED, LIMIT = block("SEED = 7", "SEED = 8"), block("LIMIT = 100", "LIMIT = 60")


@pytest.mark.parametrize(
    "words",
    [
        "Hmm, I will revert that change, the seed should stay. Only the limit changes:",
        "Never mind the seed. What matters is the limit:",
        "Please disregard the block above. The final edit:",
        "Actually forget that, a different approach:",
        "Actually, no. That breaks the replay.",
        "That won't work, since the seed is fixed. So:",
        "Wait, the seed is not the bottleneck, so scrap that.",
        "Let me start over.",
        "Let me redo this properly:",
        "Another constant makes the above unnecessary:",
        "I am taking that back.",
        "On second thought, keep the seed as it is and only lower the limit:",
        "等等，上面的修改不对，应该只改 LIMIT：",
        "Moment, das war falsch. Nur die Grenze soll sich ändern:",
        "Olvida eso. El cambio:",
        "Actually, that first edit is not needed.",
        "After more thought, the final set of edits is just this:",
    ],
)
def test_edit_that_the_words_below_take_back_is_not_made_beside_the_next(words):
    assert "not clear which of its edits" in refusal(f"{SEED}\n{words}\n\n{LIMIT}")


@pytest.mark.parametrize(
    "words",
    [
        "Wait, the limit must change as well:",
        "Oh wait, I also need to change the limit:",
        "Actually, we should also lower the limit:",
        "On second thought, the limit must change, too:",
        "If the score drops, revert that swap. The limit:",
        "No other constant matters but the limit:",
        "There is no reason to keep the old limit:",
        "Skip the items above the limit:",
        "The forget gate drops that item. Of equal ones, use only the first item:",
    ],
)
def test_edit_that_the_words_below_add_to_is_made(words):
    assert after(f"{SEED}\n{words}\n\n{LIMIT}").startswith("LIMIT = 60\nSEED = 8\n")


def test_edit_of_the_same_line_after_a_retraction_counts():
    last = block("SEED = 7", "SEED = 9")
    assert "SEED = 9" in after(f"{SEED}\nActually, scrap that.\n\n{last}")


@pytest.mark.parametrize(
    "reply",
    [
        f"The previous attempt was\n\n{LIMIT}\nwhich scored 0.4. My edit:\n\n{SEED}",
        f"{SEED}\nIf this helps, the next thing to try would be:\n\n{LIMIT}",
    ],
)
def test_edit_of_another_round_is_not_made_beside_the_edit_of_this_one(reply):
    assert "not clear which of its edits" in refusal(reply)


def test_call_that_undoes_an_edit_is_no_edit():
    calls = [
        {
            "command": "str_replace",
            "path": "solver.py",
            "old_str": "SEED = 7",
            "new_str": "SEED = 9",
        },
        {"command": "undo_edit", "path": "solver.py"},
    ]
    assert "takes an edit back" in refusal("\n".join(map(json.dumps, calls)))


@pytest.mark.parametrize(
    "words",
    [
        "Or, cleaner:",
        "or",
        "Instead of the above, do this:",
        "A better idea is to lower the limit:",
        "A simpler approach that makes the above unnecessary:",
        "Equivalently, without touching the seed:",
    ],
)
def test_edit_that_the_words_above_offer_in_place_of_another_is_not_made_beside_it(words):
    assert "offers alternatives" in refusal(f"{SEED}\n{words}\n\n{LIMIT}")


def test_edit_for_debugging_is_not_made():
    words = "For debugging you can temporarily set:"
    assert "not clear which of its edits" in refusal(f"{SEED}\n{words}\n\n{LIMIT}")


@pytest.mark.parametrize(
    "words",
    [
        "Apply only the first one.",
        "Only the second edit should be applied.",
        "On reflection neither is a good idea.",
    ],
)
def test_words_that_leave_one_edit_or_none_are_heard(words):
    assert "not clear which of its edits" in refusal(f"{SEED}\n{LIMIT}\n{words}\n")
    assert "not clear which of its edits" in refusal(f"{words}\n\n{SEED}\n{LIMIT}")


LEFT = [
    "Rather than the seed, change the limit:",
    "Rather than re-seeding, edit the limit:",
    "Instead of another seed, a smaller limit:",
    "Oops, wrong constant. I meant:",
    "Hold on: `SEED` is read elsewhere and must stay. So:",
    "So no change to `SEED` after all. This one goes in:",
    "Not that one. This one:",
    "The following supersedes everything above:",
    "The edit above is an example of the format. The actual edit follows:",
    "That was only to show the idea. The real edit:",
    "Final answer (use only this):",
    "Use only this block and nothing else:",
    "Correction: not `SEED` but `LIMIT` is what should change:",
    "I apologise for the noise. This one:",
    "Hmm, actually I changed my mind:",
    "Should the above be too slow, use this:",
    "A different way to reach this:",
    "You could also do this in its place:",
    "Plutôt que cela, changez ceci :",
    "En lugar de eso:",
    "Вместо этого:",
    "代わりに、こちらを変更してください：",
    "不，上面的不要用，只用下面这个：",
]
ADDED = [
    "Rather than cut at the end, the limit cuts here:",
    "Instead of all items, take fewer:",
    "This replaces the old limit by a softer one:",
    "Only the limit's line changes here:",
    "Now the actual change:",
    "The limit must follow, or else the rest is lost:",
    "The seed's type stays the same; the limit is next:",
    "The previous limit was too large, so:",
    "If that item is the last, the limit decides:",
    "Wait for the seed before the limit is read:",
    "Statt aller Elemente nur die ersten:",
    "En lugar de todos, menos:",
]


@pytest.mark.parametrize("words", LEFT)
def test_edit_is_not_made_beside_the_one_that_comes_in_its_place(words):
    refusal(f"{SEED}\n{words}\n\n{LIMIT}")


@pytest.mark.parametrize("words", ADDED)
def test_words_that_put_lines_in_the_place_of_lines_leave_no_edit_out(words):
    assert after(f"{SEED}\n{words}\n\n{LIMIT}").startswith("LIMIT = 60\nSEED = 8\n")


@pytest.mark.parametrize(
    "words",
    [
        "These are alternatives.",
        "The two are mutually exclusive.",
        "Use one or the other, not both.",
        "Do not combine them.",
        "Either of them will do.",
        "I prefer the second.",
        "The first one is optional.",
        "Only the limit change is meant to be applied.",
    ],
)
def test_edits_of_which_the_words_below_say_that_one_is_to_be_made_are_refused(words):
    assert "not clear which of its edits" in refusal(f"{SEED}\n{LIMIT}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    [
        "Do not apply this yet; the last run is still going.",
        "On second thought, I would rather leave the program as it is.",
        "Never mind, please ignore this.",
        "I apologise, this edit is wrong.",
        "Actually, this makes things worse. I withdraw it.",
        "This is only an illustration of the format, not a proposal.",
    ],
)
def test_only_edit_that_the_words_below_take_back_is_not_made(words):
    assert "is not to be made" in refusal(f"{SEED}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    [
        "This does not apply to items without a size.",
        "If it is too slow, undo it and try 9.",
        "The previous attempt was wrong because it changed the limit.",
        "Ignore the warnings about types.",
        "I would not go further than this.",
    ],
)
def test_words_below_the_only_edit_that_are_about_the_program_take_nothing_back(words):
    assert "SEED = 8" in after(f"{SEED}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    [
        "My first idea was to use gradient ascent on the gap. That is long, so this is cheaper.",
        "My initial thought was simulated annealing, but it has no time.",
        "It would be wrong to drop the replay: it is what the tests compare.",
        "It is a mistake to think that more rounds help.",
        "It is tempting to anneal, but the budget is short.",
        "No candidates were discarded; the archive keeps them.",
    ],
)
def test_words_of_what_no_edit_does_are_no_verdict_on_edits(words):
    wanted = SOLVER.replace("SEED = 7", "SEED = 8").replace("LIMIT = 100", "LIMIT = 60")
    assert after(f"{words}\n\n{SEED}\nand\n\n{LIMIT}") == wanted
    assert after(f"{SEED}\nand\n\n{LIMIT}\n{words}\n") == wanted


@pytest.mark.parametrize(
    "words",
    [
        "My first idea was this:",
        "My first idea was to change the seed:",
        "My first idea was to set LIMIT lower. It failed.",
        "It would be wrong to make this change.",
        "Old version, superseded;",
    ],
)
def test_words_that_may_be_of_an_edit_still_cast_a_doubt(words):
    assert "not clear which of its edits" in refusal(f"{words}\n\n{LIMIT}\nand\n\n{SEED}")
