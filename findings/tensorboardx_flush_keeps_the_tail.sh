#!/usr/bin/env bash
# tensorboardX 2.6.5: SummaryWriter.flush() returns before the newest points are in the file.
#
# Seen with Python 3.11: of 25 points written and flushed once, the file holds fewer; a second
# flush(), or close(), writes the rest. Who reads the file after flush() misses the newest points.
# Output seen:
#     after flush: fewer than 25
#     after close: 25
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" -q --disable-pip-version-check install "tensorboardX==2.6.5" "numpy<3"
cat > "$place/try.py" <<'PYTHON'
import pathlib
import struct
import sys

from tensorboardX import SummaryWriter


def points(folder):
    """Count the records of the event file, less the one that every file begins with."""
    (path,) = pathlib.Path(folder).glob("events*")
    data, at, count = path.read_bytes(), 0, 0
    while at + 12 <= len(data):
        (length,) = struct.unpack("<Q", data[at : at + 8])
        at += 12 + length + 4
        count += at <= len(data)
    return count - 1


writer = SummaryWriter(sys.argv[1], flush_secs=3600)
for step in range(25):
    writer.add_scalar("loss", 1.0 / (step + 1), step)
writer.flush()
first = points(sys.argv[1])
writer.close()
print("after flush:", "fewer than 25" if first < 25 else first)
print("after close:", points(sys.argv[1]))
PYTHON
found=$("$place/venv/bin/python" "$place/try.py" "$place/run")
echo "$found"
[ "$found" = $'after flush: fewer than 25\nafter close: 25' ] || { echo "this has changed"; exit 1; }
