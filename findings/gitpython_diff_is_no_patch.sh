#!/usr/bin/env bash
# GitPython 3.2.1: what repo.git.diff() returns is no patch: git apply calls it corrupt.
#
# Output of every git command loses its last newline, also where that newline is data: a diff that
# ends in a context line is cut short, and repo.git.show("HEAD:file") is not the file. With
# strip_newline_in_stdout=False both are whole. Seen with Python 3.11 and git 2.39.
# Output seen:
#     diff(): error: corrupt patch at line 9
#     diff(strip_newline_in_stdout=False): applies
#     show(): 'one\ntwo\nthree' of 'one\ntwo\nthree\n'
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "gitpython==3.2.1"
cat > "$place/try.py" <<'PYTHON'
import subprocess
import sys
from pathlib import Path

import git

folder = Path(sys.argv[1])
repo = git.Repo.init(folder)
file = folder / "a.txt"
file.write_text("one\ntwo\nthree\n")
repo.index.add(["a.txt"])
repo.index.commit("three lines")
for how, options in (("diff()", {}), ("diff(strip_newline_in_stdout=False)", {"strip_newline_in_stdout": False})):
    file.write_text("one\n2\nthree\n")
    patch = repo.git.diff(**options)
    repo.git.checkout("--", "a.txt")
    check = ["git", "-C", str(folder), "apply", "--check", "-"]
    applied = subprocess.run(check, input=patch, capture_output=True, text=True)
    print(f"{how}: {applied.stderr.strip() or 'applies'}")
print(f"show(): {repo.git.show('HEAD:a.txt')!r} of {file.read_text()!r}")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" "$place/repository")
echo "$found"
expected="diff(): error: corrupt patch at line 9
diff(strip_newline_in_stdout=False): applies
show(): 'one\\ntwo\\nthree' of 'one\\ntwo\\nthree\\n'"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
