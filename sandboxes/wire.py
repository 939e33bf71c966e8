"""The data that crosses a sandbox's border: JSON with raw arrays, never pickle.

A value without arrays is its JSON text. A value with arrays is a mark, the length of the JSON, the
JSON, and the arrays' bytes one after another; in the JSON an array is ``{"$array": [type, shape]}``
and a dictionary whose key starts with "$" has one more "$" in front. Only the standard library is
imported here, so that the same file serves inside a sandbox; NumPy is touched only where a value
holds arrays.

`encode` and `decode_trusted` are for data we made. `decode` reads hostile bytes: sizes are checked
before anything is allocated, and depth, item counts, digits, duplicate keys, types and finiteness
are bounded.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any, NamedTuple, NoReturn

MARK = b"\x93wire1\n"
TYPES = {
    "|b1": 1,
    "|i1": 1,
    "|u1": 1,
    "<i2": 2,
    "<u2": 2,
    "<i4": 4,
    "<u4": 4,
    "<i8": 8,
    "<u8": 8,
    "<f4": 4,
    "<f8": 8,
}
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
# An escape: a pair of surrogates, which is one character; half a pair (group 1), which is none; or
# any other.
_ESCAPES = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)", re.DOTALL)
# Numbers that may be too large: with an exponent of three digits, or so many digits that one of two
# may do (10^209 times 10^99). Each begins where a number does, so that no digit is read twice.
_LARGE = re.compile(rb"(?<![\d.])[\d.]+[eE]\+?0*[1-9]\d\d+")
_LONG = re.compile(rb"(?<!\d)\d{209}[\d.]*(?:[eE][-+]?\d+)?")
_ESCAPED_DOLLAR = b"\\u0024"


class WireError(ValueError):
    """Bytes that are not an acceptable value, or a value that cannot be encoded; the text says
    why.
    """


class WorkError(WireError):
    """Bytes that would take longer to read than `DecodeLimits.work` allows."""


class DecodeLimits(NamedTuple):
    """How much a hostile document may hold. ``work``: items, a dictionary counting as ten."""

    size: int = 64 << 20
    depth: int = 64
    items: int = 4_000_000
    work: int = 40_000_000
    digits: int = 1_000
    dimensions: int = 16


_SCALARS = (bool, int, float, str, type(None))


def encode(value: Any) -> bytes:
    """Return ``value`` as bytes; raises WireError for what JSON and raw arrays cannot say (sets,
    NaN, complex).
    """
    arrays: list[bytes] = []
    try:
        text = json.dumps(_plain(value, arrays), allow_nan=False, separators=(",", ":")).encode()
    except RecursionError:
        raise WireError("nested too deeply, or contains itself") from None
    except (ValueError, TypeError, UnicodeEncodeError) as error:
        said = str(error) or "cannot be encoded"
        raise WireError("NaN or infinity" if said.endswith("JSON compliant") else said) from None
    if not arrays:
        return text
    return b"".join([MARK, len(text).to_bytes(8, "big"), text, *arrays])


def decode_trusted(data: bytes) -> Any:
    """Return the value of bytes that `encode` made on our side of the border."""
    text, raw = _split(data)
    offset = 0

    def array(pairs: dict[str, Any]) -> Any:
        nonlocal offset
        if "$array" not in pairs:
            return _unescape(pairs)
        kind, shape = pairs["$array"]
        count = math.prod(shape)
        start, offset = offset, offset + count * TYPES[kind]
        return _array(kind, shape, raw[start:offset] if raw is not None else raw)

    if raw is None:
        return json.loads(text, object_hook=_unescape)
    return json.loads(text, object_hook=array)


def as_json(data: bytes) -> bytes:
    """Return the JSON text of encoded bytes, arrays written as nested lists: what a command reads
    on standard input.
    """
    if not data.startswith(MARK) and b'"$' not in data:
        return data
    return json.dumps(decode_trusted(data), default=lambda array: array.tolist()).encode()


def decode(data: bytes, bounds: DecodeLimits = DecodeLimits()) -> Any:  # noqa: B008  (an immutable tuple)
    """Return the value of hostile bytes; raises WireError naming what is wrong with them."""
    if len(data) > bounds.size:
        raise WireError(f"{len(data)} bytes; at most {bounds.size} are accepted")
    text, raw = _split(data)
    bare = _STRINGS.sub(b'""', text) if b'"' in text else text
    keys = _check_structure(bare, bounds)
    _check_surrogates(text)
    _check_numbers(bare, bounds)
    reader = _HostileReader(raw, bounds)
    special = _may_be_special(text)
    value = _parsed(text, reader.pairs if special else None, bounds.depth)
    reader.check_all_used()
    if not special and _count_keys(value) != keys:
        # A slower reader says which key it is.
        json.loads(text.decode("utf-8"), object_pairs_hook=reader.pairs)
        raise WireError("a key occurs twice")
    return value


def _may_be_special(text: bytes) -> bool:
    """Whether a key may begin with "$"."""
    return b'"$' in text or _ESCAPED_DOLLAR in text


def _check_surrogates(text: bytes) -> None:
    """Raise WireError for an escape that is half a pair."""
    if b"\\u" in text and any(escape[1] for escape in _ESCAPES.finditer(text)):
        raise WireError("text with half a surrogate pair, which no encoding can say")


def _parsed(text: bytes, pairs: Any, depth: int) -> Any:
    try:
        return json.loads(
            text.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse_constant
        )
    except WireError:
        raise
    except RecursionError:
        raise WireError(f"nested deeper than {depth}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise WireError(f"not JSON: {error}") from None


class _HostileReader:
    """The hook of one strict parse: duplicate keys, and arrays cut from ``raw`` in order."""

    def __init__(self, raw: memoryview | None, bounds: DecodeLimits) -> None:
        self.raw = raw
        self.bounds = bounds
        self.used = 0

    def pairs(self, pairs: list[tuple[str, Any]]) -> Any:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise WireError(f"key {twice[:40]!r} occurs twice")
        if "$array" in found:
            return self.array(found)
        plain = _unescape(found)
        if len(plain) != len(found):
            raise WireError("a key occurs twice, once with a $ in front that stands for none")
        return plain

    def array(self, found: dict[str, Any]) -> Any:
        kind, shape = _kind_and_shape(found)
        if len(shape) > self.bounds.dimensions or not all(map(_is_size, shape)):
            raise WireError("an array whose shape is not a short list of sizes")
        count = math.prod(shape)
        if count > self.bounds.items * 16 or self.raw is None:
            raise WireError(f"an array of {count} items")
        start, self.used = self.used, self.used + count * TYPES[kind]
        if self.used > len(self.raw):
            raise WireError("an array longer than its bytes")
        array = _array(kind, shape, self.raw[start : self.used])
        _check_array(kind, array)
        return array

    def check_all_used(self) -> None:
        if self.used != len(self.raw or b""):
            raise WireError("bytes left over after the last array")


def _plain(value: Any, arrays: list[bytes]) -> Any:
    """Return ``value`` with arrays moved to ``arrays`` and NumPy's scalars made plain."""
    if isinstance(value, _SCALARS) and type(value).__module__ == "builtins":
        return value
    if isinstance(value, dict):
        return {_key(key): _plain(item, arrays) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, arrays) for item in value]
    return _plain_of_numpy(value, arrays)


def _plain_of_numpy(value: Any, arrays: list[bytes]) -> Any:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _plain_array(numpy, value, arrays)
    return _plain_scalar(numpy, value)


def _plain_scalar(numpy: Any, value: Any) -> Any:
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    if isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    raise WireError(
        f"cannot encode a {type(value).__name__}; return numbers, text, lists, dictionaries or "
        "arrays"
    )


def _plain_array(numpy: Any, value: Any, arrays: list[bytes]) -> dict[str, Any]:
    value = numpy.asarray(value)
    kind = value.dtype.newbyteorder("<").str
    if kind not in TYPES:
        raise WireError(
            f"cannot encode an array of {value.dtype}; use booleans, integers, float32 or float64"
        )
    arrays.append(value.astype(kind, copy=False).tobytes())
    return {"$array": [kind, list(value.shape)]}


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise WireError(f"a dictionary key of type {type(key).__name__}; keys are text")
    return "$" + key if key.startswith("$") else key


def _unescape(pairs: dict[str, Any]) -> dict[str, Any]:
    if any(key.startswith("$") for key in pairs):
        return {key.removeprefix("$"): value for key, value in pairs.items()}
    return pairs


def _split(data: bytes) -> tuple[bytes, memoryview | None]:
    if not data.startswith(MARK):
        return data, None
    start = len(MARK) + 8
    end = start + int.from_bytes(data[len(MARK) : start], "big")
    if len(data) < start or end > len(data):
        raise WireError("cut short")
    return data[start:end], memoryview(data)[end:]


def _array(kind: str, shape: list[int], raw: memoryview | None) -> Any:
    import numpy as np

    return np.frombuffer(raw if raw is not None else b"", dtype=kind).reshape(shape).copy()


def _check_array(kind: str, array: Any) -> None:
    import numpy as np

    if kind.startswith("<f") and not np.isfinite(array).all():
        raise WireError("an array holds NaN or infinity")
    if kind == "|b1" and (array.view("u1") > 1).any():
        raise WireError("a boolean array holds other bytes than 0 and 1")


def _check_structure(bare: bytes, bounds: DecodeLimits) -> int:
    """Bound depth, items and work of a text without strings, before the parser allocates anything;
    returns how many keys there are.
    """
    tables = bare.count(b"{")
    items = bare.count(b",") + bare.count(b"[") + tables
    if items > bounds.items:
        raise WireError(f"more than {bounds.items} items")
    if items + 9 * tables > bounds.work:
        raise WorkError(
            f"{items} items, of which {tables} dictionaries: more to read than the program worked "
            "for; return numbers as an array or in fewer, larger lists"
        )
    if items - bare.count(b",") > bounds.depth and _depth(bare) > bounds.depth:
        raise WireError(f"nested deeper than {bounds.depth}")
    return bare.count(b":")


def _check_numbers(bare: bytes, bounds: DecodeLimits) -> None:
    """Refuse numbers that no double holds, and integers of too many digits."""
    for digits in _LONG.findall(bare):
        if digits.isdigit() and len(digits) > bounds.digits:
            raise WireError(
                f"an integer of {len(digits)} digits; at most {bounds.digits} are accepted"
            )
    for digits in [*_LARGE.findall(bare), *_LONG.findall(bare)]:
        if not digits.isdigit() and _is_infinite(digits):
            raise WireError(f"{digits[:20].decode()} is too large for a double")


def _is_infinite(digits: bytes) -> bool:
    try:
        return float(digits) == math.inf
    except ValueError:
        return False  # no number: the parser says so


def _count_keys(value: Any) -> int:
    """Return how many keys the dictionaries of a value have."""
    keys = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is dict:
            keys += len(item)
            item = item.values()
        elif type(item) is not list:
            continue
        waiting += [part for part in item if type(part) is dict or type(part) is list]
    return keys


def _depth(bare: bytes) -> int:
    # Brackets only: opening ones count up, closing ones down; translate keeps this at C speed.
    keep = bytes.maketrans(b"{}", b"[]")
    brackets = bare.translate(keep, bytes(set(range(256)) - set(b"[]{}")))
    deepest = depth = 0
    for run in re.finditer(rb"(\[*)(\]*)", brackets):
        depth += len(run[1])
        deepest = max(deepest, depth)
        depth -= len(run[2])
    return deepest


def _refuse_constant(name: str) -> NoReturn:
    raise WireError(f"{name} is not a number with a value")


def _kind_and_shape(found: dict[str, Any]) -> tuple[str, list[Any]]:
    match found:
        case {"$array": [str(kind), list(shape)]} if len(found) == 1 and kind in TYPES:
            return kind, shape
    raise WireError("an array whose type or shape is not allowed")


def _is_size(value: Any) -> bool:
    return type(value) is int and value >= 0
