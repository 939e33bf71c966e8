"""Edits that stand beside the answer: in a comment, a quotation, a folded part, a second column."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

SOLVER = "LIMIT = 100\nSEED = 7\n\n\ndef solve(items):\n    return items[:LIMIT]\n"
F = "```"


def after(reply: str) -> str:
    base = Program.of({"solver.py": File(SOLVER.encode())})
    return apply_reply(base, reply, ended=True).program.text("solver.py")


def refusal(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return str(caught.value)


def block(old: str, new: str) -> str:
    return f"solver.py\n{F}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n{F}\n"


def diff(old: str, new: str) -> str:
    return f"{F}diff\n--- a/solver.py\n+++ b/solver.py\n@@\n-{old}\n+{new}\n{F}\n"


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def folded(summary: str, text: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n</details>\n"


LIMIT = block("LIMIT = 100", "LIMIT = 60")
SEED = block("SEED = 7", "SEED = 8")
TAGS = "solver.py\n<search>\nSEED = 7\n</search>\n<replace>\nSEED = 8\n</replace>\n"
CALL = (
    '<tool_call>\n{"name": "edit", "arguments": {"path": "solver.py", "old_string": "SEED = 7", '
    '"new_string": "SEED = 8"}}\n</tool_call>\n'
)
ASIDE = {
    "comment": f"<!--\n{SEED}-->\n",
    "comment with words": f"<!-- draft, not used\n{diff('SEED = 7', 'SEED = 8')}-->\n",
    "comment without a fence": f"<!-- my draft:\n{SEED.replace(F, '')}-->\n",
    "quotation": "You sent:\n\n" + quoted(SEED) + "\n",
    "quotation of a diff": "> Last time:\n" + quoted(diff("SEED = 7", "SEED = 8")) + "\n",
    "comment with tags": f"<!--\n{TAGS}-->\n",
    "comment with a call": f"<!--\n{CALL}-->\n",
    "thought with tags": f"<think>\n{TAGS}</think>\n",
    "thought with a file": '<think>\n<file path="solver.py">\nX = 1\n</file>\n</think>\n',
    "folded": folded("Alternative I considered (not used)", SEED),
    "folded scratch": folded("<b>Scratch work</b>", "Perhaps:\n\n" + SEED),
    "folded try": folded("What I tried first", SEED),
    "folded version": folded("Previous version of this patch", SEED),
    "folded attempt": folded("Old attempt", SEED),
}


@pytest.mark.parametrize("aside", ASIDE.values(), ids=ASIDE)
@pytest.mark.parametrize(
    "answer",
    [
        LIMIT,
        diff("LIMIT = 100", "LIMIT = 60"),
        TAGS.replace("SEED = 7", "LIMIT = 100").replace("SEED = 8", "LIMIT = 60"),
    ],
)
def test_edit_beside_the_answer_is_not_made(aside: str, answer: str) -> None:
    wanted = SOLVER.replace("LIMIT = 100", "LIMIT = 60")
    assert after(f"Idea: less.\n\n{answer}\n{aside}") == wanted
    assert after(f"{aside}\nThe answer:\n\n{answer}") == wanted


def test_only_edit_of_a_reply_is_made_in_a_quotation_or_a_folded_part() -> None:
    for reply in (quoted(SEED), folded("The patch", SEED), folded("Thoughts and patch", SEED)):
        assert "SEED = 8" in after(reply)


def test_folded_part_of_an_answer_is_made() -> None:
    made = after(f"{LIMIT}\n{folded('Second part of the change', SEED)}")
    assert "LIMIT = 60\nSEED = 8\n" in made
    made = after(f"{folded('Patch against the original', LIMIT)}\n{SEED}")
    assert "LIMIT = 60\nSEED = 8\n" in made


def test_only_edit_of_a_reply_is_not_made_in_a_comment_or_where_it_is_not_used() -> None:
    assert "stands in a comment" in refusal(f"Nothing helps.\n\n<!--\n{SEED}-->\n")
    assert "not to be made" in refusal(folded("Rejected idea", SEED))


def test_comment_in_a_file_is_part_of_it() -> None:
    base = Program.of({"page.html": File(b"<p>\n<!--\n```\nold\n```\n-->\n</p>\n")})
    reply = "page.html\n<<<<<<< SEARCH\n<!--\n```\nold\n=======\n<!--\n```\nnew\n>>>>>>> REPLACE\n"
    assert "new" in apply_reply(base, reply).program.text("page.html")


def test_what_an_edit_needs_of_a_quotation_is_not_left_out() -> None:
    helper = block(
        "def solve(items):", "def order(items):\n    return items\n\n\ndef solve(items):"
    )
    uses = block("    return items[:LIMIT]", "    return order(items)[:LIMIT]")
    assert "gives order" in refusal(f"{quoted(helper)}\nand\n\n{uses}")


@pytest.mark.parametrize(
    "reply",
    [
        f"solver.py\n{F}\nLIMIT = 100                | LIMIT = 60\n{F}\n",
        f"{F}python\n# before     # after\nLIMIT = 100   | LIMIT = 60\nSEED = 7      | SEED = 7\n{F}\n",
        block("LIMIT = 100", "LIMIT = 100                LIMIT = 60"),
    ],
)
def test_two_versions_side_by_side_are_no_line_of_the_file(reply: str) -> None:
    assert "side by side" in refusal(reply)


def test_bar_of_a_program_is_no_second_column() -> None:
    assert "SEED = 7 | 8\n" in after(block("SEED = 7", "SEED = 7 | 8"))


def test_edits_in_the_tag_of_a_file_are_edits_of_it() -> None:
    for inside in (
        "<search>\nSEED = 7\n</search>\n<replace>\nSEED = 8\n</replace>",
        "<<<<<<< SEARCH\nSEED = 7\n=======\nSEED = 8\n>>>>>>> REPLACE",
    ):
        assert "SEED = 8\n" in after(f'Idea: seed.\n\n<file path="solver.py">\n{inside}\n</file>\n')


@pytest.mark.parametrize("other", [LIMIT, diff("LIMIT = 100", "LIMIT = 60")])
def test_edits_in_tags_leave_out_none_of_the_edits_beside_them(other: str) -> None:
    for reply in (f"{TAGS}\n{other}", f"{other}\n{TAGS}"):
        assert "LIMIT = 60\nSEED = 8\n" in after(reply)
    base = Program.of({"solver.py": File(SOLVER.encode())})
    made = apply_reply(base, f'<file path="extra.py">\nX = 1\n</file>\n\n{other}').program
    assert made.text("extra.py") == "X = 1\n"
    assert "LIMIT = 60" in made.text("solver.py")


def test_tags_in_a_document_are_part_of_it() -> None:
    page = "<doc>\n<old>a</old><new>b</new>\nwords\n</doc>\n"
    base = Program.of({"page.xml": File(b"<doc>\nwords\n</doc>\n")})
    made = apply_reply(base, f"page.xml\n{F}xml\n{page}{F}\n").program
    assert made.text("page.xml") == page


def test_text_in_tags_may_be_a_part_of_a_line() -> None:
    assert "items[:9]" in after("<search>items[:LIMIT]</search><replace>items[:9]</replace>")


def test_lines_from_the_middle_of_a_text_are_not_all_of_it() -> None:
    base = Program.of(
        {"c.yaml": File(b"steps:\n- one: 1\n  two: 2\n- one: 3\n  two: 4\nrate: 5\n")}
    )
    with pytest.raises(PatchRefused):
        apply_reply(base, f"{F}yaml\n- one: 1\n  two: 9\n{F}\n")


@pytest.mark.timeout(30)
def test_long_rubbish_around_an_edit_is_read_in_no_time() -> None:
    for rubbish in ("<details><summary>x" * 10_000, "<!--\n" * 10_000 + "-->", ".a" * 50_000):
        assert "LIMIT = 60" in after(f"{rubbish}\n\n{LIMIT}")
