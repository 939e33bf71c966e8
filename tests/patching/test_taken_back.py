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
        f"<details><summary>Old attempt</summary>\n\n{LIMIT}\n</details>\n\n{SEED}",
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
