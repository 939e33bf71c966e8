"""docs/patches.md: every reply on the page comes to what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.program import File, Program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "patches.md").read_text()
_EXAMPLE = re.compile(
    r"^### (?P<name>[^\n]+)\n.*?^`````text\n(?P<reply>.*?)^`````\n\n"
    r"(?P<verdict>Changes|Refused)(?P<rest>[^\n]*)\n\n(?P<outcome>(?:```diff\n.*?^```|> [^\n]*))$",
    re.DOTALL | re.MULTILINE,
)
EXAMPLES = list(_EXAMPLE.finditer(PAGE))


def program() -> Program:
    """Return the program that the page shows."""
    shown = re.findall(r"^`([\w.]+)`\n\n```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    files = {name: File(text.encode()) for name, text in shown}
    return Program.of({**files, "rules.txt": File(b"first fit\nno splits")})


def signed(patch: str) -> list[str]:
    """Return the lines of a diff that go and come."""
    return [
        line
        for line in patch.split("\n")
        if line[:1] in ("+", "-") and not re.match(r"(---|\+\+\+) \S", line)
    ]


def test_page_has_an_example_of_every_code_that_a_refusal_can_have() -> None:
    source = "".join(
        path.read_text()
        for path in [*(ROOT / "engine/patching").rglob("*.py"), ROOT / "engine/patch.py"]
    )
    codes = set(re.findall(r"PatchRefused\(\s*\"([\w-]+)\"", source))
    listed = set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
    shown = set(re.findall(r"^Refused[^`\n]*(?:`[\w.]+`[^`\n]*)?`([\w-]+)`:$", PAGE, re.MULTILINE))
    assert codes == listed == shown


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda match: match["name"])
def test_example_of_the_page(example: re.Match[str]) -> None:
    protected = ("judge.py",) if "is protected" in example["rest"] else ()
    ended = "ended by itself" in example["rest"]
    try:
        made = apply_reply(program(), example["reply"], Policy(protected=protected), ended=ended)
    except PatchRefused as refusal:
        assert example["rest"].endswith(f"`{refusal.code}`:")
        assert example["outcome"] == f"> {refusal.reason}"
    else:
        assert example["verdict"] == "Changes"
        assert signed(made.patch_text) == example["outcome"].split("\n")[1:-1]
        changed = re.findall(r"^diff --git .* b/(.*)$", made.patch_text, re.MULTILINE)
        assert example["rest"].startswith(" " + ", ".join(f"`{path}`" for path in changed))


def test_every_example_of_the_page_is_read_by_this_test() -> None:
    assert len(EXAMPLES) == PAGE.count("`````text") > 25
