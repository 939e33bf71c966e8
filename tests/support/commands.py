"""Commands as models: a Python one-liner that is asked once."""

import shlex
import sys

from asked import QUICK, request

from cladogen.ledger import Caps
from cladogen.models.asking import Models
from cladogen.models.calls import MemoryLog, Request
from cladogen.models.model import Model
from cladogen.search.budget import Budget


def command(code: str, *words: str) -> str:
    return "cli:" + shlex.join([sys.executable, "-c", code, *words])


async def asked(name, patience=QUICK, price=None, messages=None, silence=0.0, caps=None):
    notices, budget, log = [], Budget(caps or Caps()), MemoryLog()
    model = Model(name, price=price, silence_s=silence)
    models = Models([model], log, budget, patience=patience, notify=notices.append)
    said = request(model=name)
    said = said if messages is None else Request(1, 0, "diff", name, messages)
    try:
        return await models.ask(said), models, budget, notices
    finally:
        await models.close()
