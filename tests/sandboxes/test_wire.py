"""What crosses the border comes back as it was; what is hostile is refused with its reason, before memory is spent."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.sandboxes import wire

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert wire.decode(wire.encode(value)) == value
    assert wire.decode_trusted(wire.encode(value)) == value


@given(
    st.sampled_from(sorted(wire.TYPES)),
    st.lists(st.integers(0, 3), max_size=3),
    st.integers(0, 2**32),
)
def test_arrays_come_back_with_type_and_shape(kind: str, shape: list[int], seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, 2, shape).astype(kind)
    for decode in (wire.decode, wire.decode_trusted):
        found = decode(wire.encode({"a": [array], "$array": 1}))
        assert found["$array"] == 1
        assert found["a"][0].dtype == array.dtype
        assert found["a"][0].shape == array.shape
        assert (found["a"][0] == array).all()


def test_numpy_scalars_and_tuples_become_plain() -> None:
    value = {"a": (np.float64(0.1), np.int8(3), np.bool_(True)), "b": np.float32(0.5)}
    assert wire.decode(wire.encode(value)) == {"a": [0.1, 3, True], "b": 0.5}


def test_a_command_reads_arrays_as_lists() -> None:
    assert json.loads(wire.as_json(wire.encode({"a": np.eye(2)}))) == {
        "a": [[1.0, 0.0], [0.0, 1.0]]
    }
    assert json.loads(wire.as_json(wire.encode({"$a": 1}))) == {"$a": 1}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1, 2}, "cannot encode a set"),
        (object(), "cannot encode a object"),
        ({1: 2}, "keys are text"),
        (float("nan"), "NaN or infinity"),
        (1j, "cannot encode a complex"),
        (np.array([1j]), "complex128"),
        (np.array([object()]), "object"),
        (b"bytes", "cannot encode a bytes"),
        ("\ud800", None),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(value: Any, why: str | None) -> None:
    if why is None:
        assert wire.decode_trusted(wire.encode(value)) == value
    else:
        with pytest.raises(wire.WireError, match=why):
            wire.encode(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(wire.WireError, match="itself"):
        wire.encode(value)


def packed(text: bytes, raw: bytes = b"") -> bytes:
    return wire.MARK + len(text).to_bytes(8, "big") + text + raw


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"[1,", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[NaN]", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"[1e999]", "too large for a double"),
        (b"1" + b"0" * 210 + b"e99", "too large for a double"),
        (b"-" + b"9" * 249 + b".5E+99", "too large for a double"),
        (b"[1e+000999]", "too large for a double"),
        (b"[" + b"9" * 5000 + b"]", "5000 digits"),
        (b"[" + b"9" * 400 + b".0]", "too large for a double"),
        (b'{"a": 1, "a": 2}', "occurs twice"),
        (b'{"a": "\\ud83d\\\\ude00"}', "half a surrogate pair"),
        (b'["\\udc00"]', "half a surrogate pair"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', "occurs twice"),
        (b'{"$a": 1, "a": 2}', "occurs twice"),
        (b"[" * 65 + b"]" * 65, "deeper than 64"),
        (b"[" * 1_000_000, "deeper than 64|items"),
        (b'{"a":' * 100_000, "deeper than 64"),
        (b"[" + b"1," * 5_000_000 + b"1]", "more than 4000000 items"),
        (b'{"$array": ["<f8", [1]]}', "items"),
        (packed(b'{"$array": ["<f8", [2]]}', b"\0" * 8), "longer than its bytes"),
        (packed(b'{"$array": ["<f8", [1152921504606846976]]}', b"\0" * 8), "items"),
        (packed(b'{"$array": ["<f8", [-1]]}', b"\0" * 8), "short list of sizes"),
        (packed(b'{"$array": ["<f8", [true]]}', b"\0" * 8), "short list of sizes"),
        (packed(b'{"$array": ["|O8", [1]]}', b"\0" * 8), "not allowed"),
        (packed(b'{"$array": ["<c16", [1]]}', b"\0" * 16), "not allowed"),
        (packed(b'{"$array": ["<f8", [1], 2]}', b"\0" * 8), "not allowed"),
        (packed(b'{"$array": ["<f8", [1]], "x": 1}', b"\0" * 8), "not allowed"),
        (packed(b'{"$array": ["<f8", [1]]}', b"\0" * 16), "left over"),
        (packed(b'{"$array": ["<f8", [1]]}', np.array([np.nan]).tobytes()), "NaN or infinity"),
        (packed(b'{"$array": ["|b1", [1]]}', b"\2"), "other bytes than 0 and 1"),
        (wire.MARK + b"\xff" * 8 + b"[]", "cut short"),
        (wire.MARK + b"\0", "cut short"),
    ],
)
def test_hostile_bytes_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(wire.WireError, match=why):
        wire.decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    for candidate in (data, packed(data), packed(b'{"$array": ["<f4", [2]]}', data)):
        try:
            wire.decode(candidate)
        except wire.WireError as error:
            assert str(error)


def test_brackets_inside_text_do_not_count_as_depth() -> None:
    text = "[" * 1000 + '"' + "{" * 1000
    assert wire.decode(wire.encode([text])) == [text]


def test_a_document_larger_than_its_bound_is_refused_before_it_is_read() -> None:
    with pytest.raises(wire.WireError, match="at most 10"):
        wire.decode(b"[1, 2, 3, 4, 5]", wire.DecodeLimits(size=10))


def test_an_answer_of_many_small_dictionaries_is_more_work_than_a_list_as_long() -> None:
    bounds = wire.DecodeLimits(work=100_000)
    assert len(wire.decode(b"[" + b",".join([b"1"] * 50_000) + b"]", bounds)) == 50_000
    with pytest.raises(wire.WorkError, match="of which 20000 dictionaries"):
        wire.decode(b"[" + b",".join([b'{"":1}'] * 20_000) + b"]", bounds)


@pytest.mark.parametrize("text", [b'{"a":1,"a":2}', b'[{"b":{"a":1,"\\u0061":2}}]', b'{"":1,"":1}'])
def test_a_key_that_occurs_twice_is_found_without_reading_every_key(text: bytes) -> None:
    with pytest.raises(wire.WireError, match="occurs twice"):
        wire.decode(text)


@pytest.mark.parametrize("text", [b"[1e309]", b"-1e0000999", b"[" + b"9" * 250 + b"e99]"])
def test_a_number_too_large_for_a_double_is_refused_wherever_it_stands(text: bytes) -> None:
    with pytest.raises(wire.WireError, match="too large for a double"):
        wire.decode(text)


def test_numbers_in_texts_are_no_numbers() -> None:
    assert wire.decode(b'["1e999", 1e300, "{:,[", {"a:b": 1}]') == [
        "1e999",
        1e300,
        "{:,[",
        {"a:b": 1},
    ]
