"""Pictures in prompts: for models that read them, recorded, and left out once a provider refuses them."""

from dataclasses import replace

import pytest
from model_world import NAME, model_run, opened, searched, step_reply
from provider.acts import Answer, Fault
from provider.server import FakeProvider
from toy_world import ToyEvaluator

from cladogen.drawing import Canvas
from cladogen.errors import ConfigError
from cladogen.evaluators.picture import picture_url
from cladogen.ledger import Caps
from cladogen.models.base import Outgoing
from cladogen.models.calls import Message
from cladogen.models.client_ollama import _message
from cladogen.models.model import Model
from cladogen.models.routes import route_of
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.surroundings import Surroundings
from cladogen.record.model_calls import StoredCalls

DRAWN = picture_url(Canvas(side=8).png())
SVG = picture_url(b"<svg></svg>")


class Drawing(ToyEvaluator):
    """The toy world, with a picture of each output."""

    url = DRAWN

    async def evaluate(self, program, cases=None, **more):
        rows = await super().evaluate(program, cases, **more)
        return tuple(replace(row, picture=self.url) for row in rows)


async def asked(folder, act, url=DRAWN, proposals=2, **options):
    evaluator, store = Drawing(), opened(folder)
    evaluator.url = url
    with FakeProvider(act) as provider:
        run = model_run(store, provider.url, Caps(proposals=proposals), evaluator=evaluator,
                        surroundings=Surroundings(("a", "b")), **options)  # fmt: skip
        await searched(run)
    return store, [seen.body["messages"][-1]["content"] for seen in provider.seen]


def stepping(seen):
    content = seen.body["messages"][-1]["content"]
    text = content if isinstance(content, str) else content[0]["text"]
    return Answer(step_reply(text.partition("x.txt\n```\n")[2].partition("\n")[0], 1.0))


async def test_picture_of_the_parent_goes_to_a_model_that_reads_them_and_is_recorded(tmp_path):
    store, sent = await asked(tmp_path / "run", stepping, pictures="yes")
    assert all(part == {"type": "image_url", "image_url": {"url": DRAWN}} for part in sent[0][1:])
    assert len(sent[0]) == 2 and "- picture 1: on a, by #0, the best" in sent[0][0]["text"]
    call = StoredCalls(store).all()[0]
    assert call.request.messages[-1].pictures == (DRAWN,)
    assert call.request.messages[-1].text == sent[0][0]["text"]
    plain = replace(
        call.request, messages=tuple(replace(m, pictures=()) for m in call.request.messages)
    )
    assert plain.key != call.request.key
    store.close()


@pytest.mark.parametrize(("url", "chosen"), [(SVG, "yes"), (DRAWN, "auto"), (DRAWN, "no")])
async def test_no_model_gets_an_svg_and_none_that_is_not_known_to_read_pictures_gets_any(
    tmp_path, url, chosen
):
    store, sent = await asked(tmp_path / "run", stepping, url, pictures=chosen)
    assert all(isinstance(content, str) and "picture" not in content for content in sent)
    store.close()


async def test_provider_that_refuses_pictures_is_asked_again_without_them(tmp_path):
    def act(seen):
        if not isinstance(seen.body["messages"][-1]["content"], str):
            return Fault(status=400, message="this model does not support image input")
        return stepping(seen)

    store, sent = await asked(tmp_path / "run", act, pictures="yes")
    assert [isinstance(content, str) for content in sent] == [False, True, True]
    assert [proposal.patch != "" for proposal in store.proposals()] == [True, True]
    store.close()


def test_choice_that_there_is_not_is_said_in_one_line():
    with pytest.raises(ConfigError, match="pictures = 'maybe'; it must be one of auto, yes, no"):
        ModelOptions.read({"pictures": "maybe"})


def test_ollama_gets_pictures_beside_the_text_and_others_as_parts():
    message = Message("user", "look", (DRAWN,))
    assert _message(message) == {"role": "user", "content": "look", "images": [DRAWN.split(",")[1]]}
    model = Model(NAME, api_base="http://127.0.0.1:1/v1")
    call = Outgoing(model, route_of(model), (message,), {"stream": True})
    assert call.conversation()[0]["content"][0] == {"type": "text", "text": "look"}
    assert call.sent == {"stream": True, "pictures": True}
