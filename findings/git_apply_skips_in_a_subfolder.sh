#!/usr/bin/env bash
# git 2.39.5 (Debian 1:2.39.5-0+deb12u3): git apply in a folder that lies somewhere in a repository
# applies nothing of a patch in git's own form, says nothing, and exits 0; --check finds it good, also
# where the file is not there.
#
# Paths after "diff --git" are those of the repository's root; what is outside of the current folder
# is skipped, which only --verbose says. The same patch without its "diff --git" line is applied to
# the folder's own file. A sandbox or a test that unpacks a program in a scratch folder of a checkout
# measures the program without its patch.
# What to do: GIT_CEILING_DIRECTORIES=FOLDER'S-PARENT, or git apply --directory, or git init in the folder.
# Output seen:
#     check: exit 0, apply: exit 0, a.txt: one
#     without "diff --git": exit 0, a.txt: two
#     with a ceiling: exit 0, a.txt: two
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
(cd "$place" && apt-get -qq download git=1:2.39.5-0+deb12u3 2>/dev/null && dpkg -x git_*.deb git)
export GIT_EXEC_PATH="$place/git/usr/lib/git-core" HOME="$place" GIT_CONFIG_NOSYSTEM=1
git() { "$place/git/usr/bin/git" "$@"; }
git init -q "$place/checkout"
mkdir "$place/checkout/scratch"
cd "$place/checkout/scratch"
printf 'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n' > "$place/of_git.diff"
tail -n +2 "$place/of_git.diff" > "$place/plain.diff"
found=""
echo one > a.txt
git apply --check "$place/of_git.diff" && checked=$? || checked=$?
git apply "$place/of_git.diff" && applied=$? || applied=$?
found+="check: exit $checked, apply: exit $applied, a.txt: $(cat a.txt)"$'\n'
git apply "$place/plain.diff" && applied=$? || applied=$?
found+="without \"diff --git\": exit $applied, a.txt: $(cat a.txt)"$'\n'
echo one > a.txt
GIT_CEILING_DIRECTORIES="$place/checkout" git apply "$place/of_git.diff" && applied=$? || applied=$?
found+="with a ceiling: exit $applied, a.txt: $(cat a.txt)"
echo "$found"
[ "$found" = 'check: exit 0, apply: exit 0, a.txt: one
without "diff --git": exit 0, a.txt: two
with a ceiling: exit 0, a.txt: two' ] || { echo "this has changed"; exit 1; }
