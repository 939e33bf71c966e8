"""A disk that fills up in mid-run takes what is in flight, and the run goes on when there is room."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cladogen.errors import RunError
from cladogen.record.set_aside import LOG_MB
from cladogen.record.store import Store

MIB = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs leave to mount a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave nothing free on a disk."""
    path = disk / "fill"
    with path.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(MIB))
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(512))
    assert shutil.disk_usage(disk).free == 0
    return path


def test_record_takes_what_is_in_flight_when_its_disk_is_full(disk):
    store = Store.create(disk / "run", {"settings": {}})
    full = fill(disk)
    for number in range(LOG_MB * 8):  # more than half of what is set aside
        with store.durably():
            store.add_event("reply", {"text": os.urandom(30_000).hex(), "number": number})
    full.unlink()
    with store.transaction():
        store.add_event("reply", {"text": "", "number": -1})
    store.close()
    again = Store.open(disk / "run")
    numbers = [event.body["number"] for event in again.events("reply")]
    again.close()
    assert numbers == [*range(LOG_MB * 8), -1]


def test_record_says_that_the_disk_is_full_when_all_that_was_set_aside_is_used(disk):
    store = Store.create(disk / "run", {"settings": {}})
    fill(disk)
    with pytest.raises(RunError, match=r"disk is full.*free space, then resume"):
        for _ in range(1000):
            with store.transaction():
                store.add_event("reply", {"text": os.urandom(30_000).hex()})
    store.close()


def test_run_that_cannot_be_begun_on_a_full_disk_is_one_line_and_leaves_no_folder(disk):
    fill(disk)
    command = [sys.executable, "-m", "cladogen.cli.main"]
    for asked in (["run", "cap_set", "--run", str(disk / "run")], ["init", str(disk / "mine")]):
        done = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert "No space left on device" in line and "[Errno" not in line
    assert not (disk / "run").exists()
