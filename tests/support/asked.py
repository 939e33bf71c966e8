"""Models against a provider on loopback, closed at the end, with their log and budget at hand."""

import gc
from dataclasses import replace

from provider.server import FakeProvider

from cladogen.models.asking import Models
from cladogen.models.calls import MemoryLog, Message, Request
from cladogen.models.limiter import Patience
from cladogen.models.model import Model, Price
from cladogen.search.budget import Budget, Caps

QUICK = Patience(
    attempts=4, first_s=0.001, longest_s=0.002, idle_s=5.0, deadline_s=20.0, outage_s=0.1
)
PRICE = Price(1.0, 4.0, 0.1)  # what the fake provider charges
NAME = "Own/Name-7b"
ONE = Model(NAME, price=PRICE, output=400)


def request(ticket: int = 1, text: str = "improve this", model: str = NAME) -> Request:
    return Request(ticket, 0, "diff", model, (Message("system", "be brief"), Message("user", text)))


class Asked:
    """``changes`` are fields of the model; ``more`` goes to `Models`."""

    def __init__(
        self, provider: FakeProvider | None, caps=None, patience=QUICK, more=None, **changes
    ):
        self.log, self.budget, self.notices = MemoryLog(), Budget(caps or Caps()), []
        base = {"api_base": provider.url} if provider is not None else {}
        model = replace(ONE, **{**base, **changes})
        self.models = Models(
            [model],
            self.log,
            self.budget,
            patience=patience,
            notify=self.notices.append,
            **(more or {}),
        )

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.models.close()
        gc.collect()  # a socket left open would warn here, and warnings are errors
