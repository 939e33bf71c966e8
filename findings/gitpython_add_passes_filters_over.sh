#!/usr/bin/env bash
# GitPython 3.2.1: repo.index.add() stores a file as it lies there: the clean filters that .gitattributes
# names are not run, and the commit holds what git would never have stored.
#
# The file is then modified for git at once, in a tree that nobody touched. Where the filter is that of
# Git LFS, the whole file is in the history and no pointer to it. repo.git.add() runs git, which runs
# filters. Seen with Python 3.11 and git 2.39.
# Output seen:
#     index.add(): one, modified True
#     git.add(): ONE, modified False
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "gitpython==3.2.1"
cat > "$place/try.py" <<'PYTHON'
import pathlib
import sys

import git

for name in ("index.add()", "git.add()"):
    folder = pathlib.Path(sys.argv[1]) / name
    repo = git.Repo.init(folder)
    with repo.config_writer() as config:
        config.set_value("user", "name", "a").set_value("user", "email", "a@b.c")
        config.set_value('filter "upper"', "clean", "tr a-z A-Z")
    (folder / ".gitattributes").write_text("*.txt filter=upper\n")
    repo.index.add([".gitattributes"])
    (folder / "a.txt").write_text("one\n")
    if name == "index.add()":
        repo.index.add(["a.txt"])
    else:
        repo.git.add("a.txt")
    repo.git.commit("-q", "-m", "one")
    stored = repo.git.show("HEAD:a.txt")
    print(f"{name}: {stored}, modified {bool(repo.git.status('--short'))}")
PYTHON
found=$(HOME="$place" GIT_CONFIG_NOSYSTEM=1 "$place/venv/bin/python" "$place/try.py" "$place" 2>/dev/null)
echo "$found"
[ "$found" = "index.add(): one, modified True
git.add(): ONE, modified False" ] || { echo "this has changed"; exit 1; }
