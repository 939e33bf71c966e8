"""Failures of calls: what a provider or the way to it said, and what kind of failure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cladogen.errors import ModelError


class FailureKind(StrEnum):
    """What a failure calls for."""

    KEY = "key"  # the key is missing, wrong or may not do this: nothing helps
    MODEL = "model"  # no such model, or it cannot do this: nothing helps
    MEMORY = "memory"  # its server has no memory for the window: ask for a smaller one
    MONEY = "money"  # no credit left: nothing helps
    QUOTA = "quota"  # nothing until a stated time, or for long
    RATE = "rate"  # too many requests: wait
    BUSY = "busy"  # overloaded, or its own server is gone: wait
    AWAY = "away"  # no connection: nothing was sent, and no call was made
    BROKEN = "broken"  # the reply broke off, or nothing came: ask again
    PARAMETER = "parameter"  # it does not take one of the parameters: leave it out
    LIMIT = "limit"  # it writes at most so many tokens: ask for fewer
    WINDOW = "window"  # prompt and reply are too long together: ask for fewer
    FILTER = "filter"  # it will not answer this prompt; another one, perhaps
    REFUSED = "refused"  # refused in words that are in no table


@dataclass(frozen=True, slots=True)
class Complaint:
    """What came in place of a reply. ``status`` is HTTP's, None without an answer; ``body`` is the
    JSON that was answered, if it was JSON; ``sent`` False: the request never left.
    """

    text: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    sent: bool = True


class CallFailed(ModelError):  # noqa: N818  (what happened, not what to do)
    """A call that gave no whole reply. ``kind`` is set where the client itself knows it."""

    def __init__(self, complaint: Complaint, kind: FailureKind | None = None) -> None:
        super().__init__(complaint.text)
        self.complaint, self.kind = complaint, kind


@dataclass(frozen=True, slots=True)
class ProviderFailure:
    """A failure, sorted. ``text`` is the provider's own words.

    ``name`` is the parameter that was refused, ``most`` the most tokens a reply may have,
    ``window`` those of prompt and reply together, ``prompt`` how many the provider counted in the
    prompt; 0 where it did not say. ``charged`` False: it cannot have cost anything.
    """

    kind: FailureKind
    text: str
    status: int | None = None
    wait_s: float | None = None
    name: str = ""
    most: int = 0
    window: int = 0
    prompt: int = 0
    charged: bool = True

    @property
    def hopeless(self) -> bool:
        return self.kind in (
            FailureKind.KEY,
            FailureKind.MODEL,
            FailureKind.MONEY,
            FailureKind.MEMORY,
        )

    @property
    def passing(self) -> bool:
        """Whether the provider is away or asks for patience: waiting is all there is to do."""
        return self.kind in (FailureKind.RATE, FailureKind.BUSY, FailureKind.AWAY)
