"""How long patches take: ``python tests/benchmarks/patch_speed.py`` prints processor time, best of many."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from cladogen.kernels import implementation
from cladogen.patch import apply_diff, apply_reply, make_diff
from cladogen.patching.place.match import Search
from cladogen.patching.place.text import Text
from cladogen.patching.read.reader import read
from cladogen.program import File, Program

CASE = Path(__file__).parents[1] / "data" / "patches" / "059-three-thousand-lines"
FUNCTION = b"".join(b"    y = y + %d * x\n" % k for k in range(28))


def best_ms(work: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(count):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def match(source: str, reply: str) -> None:
    """Cut the file into lines and find every hunk's candidates."""
    text = Text.of(source)
    for hunk in read(reply, {"isa.py": source})[0].edits[0].hunks:
        Search(hunk, text).candidates()


def main() -> None:
    base, reply = Program.read(CASE / "base"), (CASE / "reply.md").read_text()
    drifted = reply.replace("cpu.read(addr)\n", "cpu.read(address)\n").replace(
        "hi = cpu", "high = cpu"
    )
    source = base.text("isa.py")
    old = Program.of(
        {"p.py": File(b"def f(x, y):\n" + FUNCTION), "driver.py": File(b"x = 1\n" * 20)}
    )
    new = old.replace({"p.py": old.files["p.py"].data.replace(b"7 * x", b"8 * x")})
    print(f"kernels: {implementation()}")
    print(
        f"match 4 hunks in {source.count(chr(10))} lines     {best_ms(lambda: match(source, reply), 50):8.3f} ms"
    )
    print(f"the same, context drifted       {best_ms(lambda: match(source, drifted), 50):8.3f} ms")
    print(
        f"apply_reply, from text to tree  {best_ms(lambda: apply_reply(base, reply), 50):8.3f} ms"
    )
    print(
        f"make_diff + apply_diff, 30 lines{best_ms(lambda: apply_diff(old, make_diff(old, new)), 500):8.3f} ms"
    )


if __name__ == "__main__":
    main()
