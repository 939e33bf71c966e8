"""What one job in a queue does: open a station, answer one request, write the reply, whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cladogen.errors import CladogenError
from cladogen.remote.station import Station

REFUSED = b"refused: "  # instead of a reply: why this node cannot judge programs


def work(parcel: Path, asked: Path, replied: Path) -> None:
    """Answer the request in a file, an empty one with the offer."""
    reply = asyncio.run(_reply(parcel.read_bytes(), asked.read_bytes()))
    part = replied.with_suffix(".part")
    part.write_bytes(reply)
    part.replace(replied)


async def _reply(parcel: bytes, request: bytes) -> bytes:
    station = Station(parcel, 1)
    try:
        offer = await station.open()
        return await station.answer(request) if request else offer
    except CladogenError as error:
        return REFUSED + str(error).encode("utf-8", "backslashreplace")
    finally:
        await station.close()
