"""A search of this build: python cladogen_side.py URL PROGRAMS WORKERS, in the folder it is to be in."""

import asyncio
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(TESTS), str(TESTS / "support")]

from model_world import model_run, searched  # noqa: E402
from toy_world import opened  # noqa: E402

from cladogen.search.budget import Caps  # noqa: E402

url, programs, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store = opened(Path.cwd() / "run")
run = model_run(store, url, Caps(proposals=programs), form="whole", workers=workers)
asyncio.run(searched(run))
store.close()
