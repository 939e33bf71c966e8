"""Pictures that a scorer returns: PNG or SVG, as a ``data:`` URL, which JSON, the record and a
provider's request hold as it is.

They come from the trusted scorer, but what they are drawn of is a candidate's: whoever shows one
shows it as an image, never as part of a page.
"""

from __future__ import annotations

import base64
import re

MOST = 131_072  # bytes
PNG, SVG = "image/png", "image/svg+xml"
_PNG_BEGINS, _PNG_ENDS = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_SVG = re.compile(rb"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)


def picture_url(data: object) -> str:
    """Return a picture as a URL; raises ValueError with why it is none."""
    if not isinstance(data, bytes):
        raise ValueError(f"it is no bytes but {type(data).__name__}")
    if len(data) > MOST:
        raise ValueError(f"it has {len(data):,} bytes, at most {MOST:,} are taken")
    kind = _kind(data)
    if not kind:
        raise ValueError("it is neither PNG nor SVG")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def picture_bytes(url: str) -> tuple[str, bytes]:
    """Return the media type and the bytes of what `picture_url` returned; raises ValueError."""
    kind, comma, text = url.removeprefix("data:").partition(";base64,")
    if not comma or kind not in (PNG, SVG):
        raise ValueError("no picture")
    return kind, base64.b64decode(text, validate=True)


def for_models(url: str) -> bool:
    """Tell whether a picture is of a kind that models read: no provider takes an SVG."""
    return url.startswith(f"data:{PNG};")


def _kind(data: bytes) -> str:
    if data.startswith(_PNG_BEGINS) and data.endswith(_PNG_ENDS):
        return PNG
    return SVG if _SVG.match(data) and data.rstrip().endswith(b">") else ""
