"""What a kernel holds as bytes, and back, for checkpoints."""

import pytest

from cladogen.kernels import native

KERNELS = {
    "Ranking": ((), lambda one: [one.insert(number, number % 7) for number in range(3000)]),
    "SumTree": ((), lambda one: [one.set(number, 1.0 + number % 5) for number in range(40)]),
    "UctTree": (
        (1.0, 1.0, 0.0, 0.0, 0.0),
        lambda one: [(one.add(at, at - 1), one.visit(at, 0.5)) for at in range(40)],
    ),
    "CladeTree": (
        (3, 9, True),
        lambda one: [(one.add(at, at - 1), one.record(at, at, 9, 3)) for at in range(40)],
    ),
    "NormalTree": (
        (3, 9, True),
        lambda one: [(one.add(at, at - 1), one.record(at, 3, at, at, True)) for at in range(40)],
    ),
}


@pytest.mark.skipif(native is None, reason="no C++ kernels here")
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_refuses_bytes_that_are_none_of_its_states_and_stays_as_it_is(name):
    given, grow = KERNELS[name]
    kernel, other = (getattr(native, name)(*given) for _ in range(2))
    grow(kernel)
    state = kernel.state()
    other.restore(state)
    assert len(other.state()) == len(state)
    for wrong in (b"", state[:-1], state + b"\0", state[: len(state) // 2], b"\xff" * len(state)):
        with pytest.raises(ValueError, match="a state that"):
            kernel.restore(wrong)
        assert kernel.state() == state


@pytest.mark.skipif(native is None, reason="no C++ kernels here")
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_that_did_the_same_have_the_same_bytes(name):
    given, grow = KERNELS[name]
    states = []
    for _ in range(3):
        kernel = getattr(native, name)(*given)
        grow(kernel)
        states.append(kernel.state())
    assert states[0] == states[1] == states[2]
