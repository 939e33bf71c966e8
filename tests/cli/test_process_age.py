"""How long a process has been running, as it says itself."""

import subprocess
import sys
import time


def test_age_of_a_process_is_at_least_what_it_waited_and_at_most_what_its_parent_saw():
    code = "import sys; sys.stdin.readline(); from cladogen.cli.process_age import process_age_s; print(process_age_s())"
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        while time.monotonic() < began + 0.2:  # what is measured is time itself
            pass
        waited = time.monotonic() - began
        out, _ = process.communicate(b"\n")
    assert waited - 0.1 <= float(out) <= time.monotonic() - began + 0.1
