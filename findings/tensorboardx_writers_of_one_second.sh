#!/usr/bin/env bash
# tensorboardX 2.6.5: two writers made for one folder within one second share one file, and only one
# writer's points are left.
#
# The file's name is made of the second and the host, and the second writer opens it anew. Seen with
# Python 3.11: ten points by each of two writers, both closed; the file holds ten. A folder for each
# writer, or filename_suffix, keeps them apart.
# Output seen:
#     one folder: 1 file, 10 of 20 points
#     with suffixes: 2 files, 20 of 20 points
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "tensorboardX==2.6.5" "numpy<3"
cat > "$place/try.py" <<'PYTHON'
import pathlib
import struct
import sys
import time

from tensorboardX import SummaryWriter


def points(path):
    data, at, count = path.read_bytes(), 0, 0
    while at + 12 <= len(data):
        (length,) = struct.unpack("<Q", data[at : at + 8])
        at += 12 + length + 4
        count += at <= len(data)
    return count - 1


def both(folder, suffixes):
    while time.time() % 1 > 0.3:  # the beginning of a second, so that both fall into it
        pass
    writers = [SummaryWriter(folder, filename_suffix=suffix) for suffix in suffixes]
    for number, writer in enumerate(writers):
        for step in range(10):
            writer.add_scalar(f"loss{number}", 1.0, step)
    for writer in writers:
        writer.close()
    files = sorted(pathlib.Path(folder).glob("events*"))
    return len(files), sum(map(points, files))


count, found = both(f"{sys.argv[1]}/same", ["", ""])
print(f"one folder: {count} file, {found} of 20 points")
count, found = both(f"{sys.argv[1]}/apart", [".a", ".b"])
print(f"with suffixes: {count} files, {found} of 20 points")
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" "$place/run")
echo "$found"
[ "$found" = $'one folder: 1 file, 10 of 20 points\nwith suffixes: 2 files, 20 of 20 points' ] || {
  echo "this has changed"; exit 1; }
