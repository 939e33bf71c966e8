"""One writer at a time, and whoever has to wait is told for whom."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cladogen.errors import RunInUseError
from cladogen.record.lock import ONE_TASK, RunLock, locked


def refused(folder: Path) -> RunInUseError:
    with pytest.raises(RunInUseError) as error:
        RunLock.take(folder)
    return error.value


def test_running_run_is_named_with_its_process(tmp_path):
    with RunLock.take(tmp_path):
        assert locked(tmp_path)
        error = refused(tmp_path)
    assert f"kill -INT {os.getpid()}" in str(error) and not error.short
    assert not locked(tmp_path)


def test_ask_or_tell_is_over_in_a_moment(tmp_path):
    with RunLock.take(tmp_path, ONE_TASK):
        assert refused(tmp_path).short


def test_lock_that_was_given_back_leaves_no_note_of_its_holder(tmp_path):
    RunLock.take(tmp_path).close()
    with (tmp_path / "lock").open() as next_holder:
        fcntl.flock(next_holder, fcntl.LOCK_EX)  # it has not written its own note yet
        error = refused(tmp_path)
    assert error.short and str(os.getpid()) not in str(error)


def test_note_of_a_process_that_was_killed_is_not_taken_for_the_holders(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "lock").write_text(f"{gone.pid} run\n")
    with (tmp_path / "lock").open() as next_holder:
        fcntl.flock(next_holder, fcntl.LOCK_EX)
        error = refused(tmp_path)
    assert error.short and str(gone.pid) not in str(error)
