"""Random streams: what a decision draws must be the same in every version, or no run could go on."""

import hashlib

import numpy as np
import pytest

from cladogen.search.streams import stream


@pytest.mark.parametrize(
    ("seed", "name", "decision"), [(0, "archive", 0), (3, "proposer", 12345), (-1, "x", 2**40)]
)
def test_a_decision_draws_from_the_philox_stream_of_its_key(seed, name, decision):
    key = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    whole = np.random.Philox(key=int.from_bytes(key, "little"), counter=decision << 128)
    one, other = stream(seed, name, decision), np.random.Generator(whole)
    assert one.integers(0, 1 << 62, 40).tolist() == other.integers(0, 1 << 62, 40).tolist()
    assert one.normal(size=9).tolist() == other.normal(size=9).tolist()
    assert one.random(dtype=np.float32) == other.random(dtype=np.float32)
