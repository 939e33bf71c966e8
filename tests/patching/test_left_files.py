"""New files that a reply gives beside its edits, and that no edit makes."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = "STEPS = 200\n\n\ndef g(x):\n    return x * 2\n"
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(b"def one():\n    return 1\n")})
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ def g(x):\n-    return x * 2\n+    return x * 3\n```\n"
CODE = "```python\ndef h(x):\n    return x + 1\n```\n"
HERE = "def h(x):\n    return x + 1\nEOF\n```\n"


@pytest.mark.parametrize(
    "beside",
    [
        f"I create a new file `helper.py` that holds the shared code:\n\n{CODE}",
        f"The code goes in a new module, `helper.py`, which looks like this:\n\n{CODE}",
        f"We also need `helper.py` with the following content:\n\n{CODE}",
        f"The new `helper.py` is:\n\n{CODE}",
        f"In `helper.py` I put the helper.\n\n{CODE}",
        f"The helper lives in `helper.py` so both can import it:\n{CODE}",
        f"```bash\ncat > helper.py <<'EOF'\n{HERE}",
        f"```bash\ncat <<EOF > helper.py\n{HERE}",
        f"```sh\nmkdir -p pkg && cat > pkg/helper.py <<'EOF'\n{HERE}",
        f"```\ntee helper.py <<'EOF'\n{HERE}",
    ],
)
def test_new_file_beside_an_edit_is_not_left_out(beside: str) -> None:
    for reply in (f"{DIFF}\n{beside}", f"{beside}\n{DIFF}"):
        with pytest.raises(PatchRefused, match=r"a new file, (pkg/)?helper\.py") as caught:
            apply_reply(PROGRAM, reply)
        assert caught.value.code == "ambiguous-context"


@pytest.mark.parametrize(
    "beside",
    [
        f"A small new test, `test_a.py`, for you to run:\n{CODE}",
        f"```bash\ncat > /tmp/t.py <<'EOF'\n{HERE}",
        "```bash\ncat > t.py <<'EOF'\nimport a\nEOF\npython t.py\n```\n",
        f"Usage:\n{CODE}",
    ],
)
def test_file_that_is_no_part_of_the_program_leaves_an_edit_as_it_is(beside: str) -> None:
    made = apply_reply(PROGRAM, f"{DIFF}\n{beside}").program
    assert made.text("a.py") == A.replace("* 2", "* 3")
    assert sorted(made.files) == ["a.py", "b.py"]


@pytest.mark.parametrize(
    "words",
    [
        "`b.py` gets renamed to `c.py`.",
        "I've deleted b.py.",
        "I removed `b.py`, since nothing imports it.",
        "File b.py: (deleted)",
        "**b.py** — removed",
        "### `b.py` (delete)",
    ],
)
def test_file_that_is_said_to_be_gone_is_not_left_in_silence(words: str) -> None:
    with pytest.raises(PatchRefused, match="which no edit does"):
        apply_reply(PROGRAM, f"{DIFF}\n{words}\n")
