"""What runs on a node of a Ray cluster: a station in an actor. Bytes in, bytes out."""

from __future__ import annotations

from cladogen.errors import CladogenError
from cladogen.remote.station import Station

REFUSED = b"refused: "  # instead of an offer: why this node cannot judge programs


class RayWorker:
    """One for each node, with ``slots`` evaluations at once."""

    def __init__(self, parcel: bytes, slots: int) -> None:
        self._station = Station(parcel, slots)

    async def open(self) -> bytes:
        """Return the offer, or `REFUSED` and why: an exception would arrive as another class."""
        try:
            return await self._station.open()
        except CladogenError as error:
            return REFUSED + str(error).encode("utf-8", "backslashreplace")

    async def answer(self, request: bytes) -> bytes:
        return await self._station.answer(request)

    async def close(self) -> None:
        await self._station.close()
