"""Commands of a shell as edits: read where their text stands in one place, refused by their line otherwise."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = "LIMIT = 10\nSTEPS = 200\n\n\ndef f(x):\n    return x * 0.5 + LIMIT\n\n\ndef g(x):\n    return f(x) + 1\n"
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(b"def one():\n    return 1\n")})


def after(commands: str, info: str = "bash") -> str:
    return apply_reply(PROGRAM, f"```{info}\n{commands}\n```\n").program.text("a.py")


def refused(reply: str) -> PatchRefused:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(PROGRAM, reply)
    return caught.value


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/LIMIT = 10/LIMIT = 12/' a.py",
        "$ sed -i.bak -e 's|LIMIT = 10|LIMIT = 12|g' ./a.py",
        'sed -i "s/LIMIT = 10/LIMIT = 12/" a.py',
        "sed -E -i 's/LIMIT = 10/LIMIT = 12/' a.py\npython a.py",
        "perl -pi -e 's/LIMIT = 10/LIMIT = 12/' a.py",
    ],
)
@pytest.mark.parametrize("info", ["bash", "sh", ""])
def test_plain_substitution_in_one_line_is_an_edit(command: str, info: str) -> None:
    assert after(command, info) == A.replace("LIMIT = 10", "LIMIT = 12")


def test_several_substitutions_are_all_made() -> None:
    made = after("sed -i 's/LIMIT = 10/LIMIT = 12/' a.py\nsed -i 's/STEPS = 200/STEPS = 300/' a.py")
    assert made == A.replace("LIMIT = 10", "LIMIT = 12").replace("200", "300")


def test_escaped_signs_are_text() -> None:
    assert after(r"sed -i 's/x \* 0\.5/x \/ 2/' a.py") == A.replace("x * 0.5", "x / 2")


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/^LIMIT = [0-9]*/LIMIT = 12/' a.py",
        "sed -i '1s/10/12/' a.py",
        "sed -i '3d' a.py",
        "sed -i 's/x/y/' a.py",
        "sed -i 's/LIMIT = 10/& + 2/' a.py",
        "sed -i 's/x * 0.5/x/' a.py",
        "sed -i 's/LIMIT = 10/LIMIT = 12/' a.py\nrm b.py",
        "sed -i 's/LIMIT = 10/LIMIT = 12/' a.py\nsed -i '/STEPS/d' a.py",
    ],
)
def test_command_that_is_not_plain_is_refused_by_its_line(command: str) -> None:
    refusal = refused(f"```bash\n{command}\n```\n")
    assert refusal.code == "ambiguous-context"
    assert command.rpartition("\n")[2] in refusal.reason


def test_substitution_whose_text_is_in_no_line_is_refused() -> None:
    assert refused("```bash\nsed -i 's/LIMIT = 11/LIMIT = 12/' a.py\n```\n").code == (
        "removed-lines-not-found"
    )


@pytest.mark.parametrize(
    "opening", ["cat >> a.py <<'EOF'", "cat <<EOF >> ./a.py", "tee -a a.py <<EOF"]
)
def test_lines_that_a_command_appends_come_to_the_end(opening: str) -> None:
    assert after(f"{opening}\n\n\ndef h(x):\n    return x\nEOF") == (
        A + "\n\ndef h(x):\n    return x\n"
    )


def test_script_that_writes_a_file_of_the_program_is_refused_by_its_line() -> None:
    script = "from pathlib import Path\np = Path('a.py')\np.write_text(p.read_text().replace('10', '12'))"
    assert "p.write_text(" in refused(f"```python\n{script}\n```\n").reason


def test_command_within_a_sentence_is_refused_by_its_line() -> None:
    assert "sed -i" in refused("Run `sed -i 's/LIMIT = 10/LIMIT = 12/' a.py`.").reason


def test_command_that_runs_the_program_is_no_edit() -> None:
    assert refused("```bash\npython a.py > out.txt\n```\n").code == "no-op"
