"""Terms: what a model was found to take. Learnt from its provider's refusals, kept for the run.

A request that was refused is made once more with what is left: without the parameter, with fewer
tokens, with the system's words in the user's message. What was learnt is said once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cladogen.models.calls import Message
from cladogen.models.classify import LIMITS, PICTURES, SYSTEM
from cladogen.models.failures import FailureKind, ProviderFailure
from cladogen.models.model import Model

LEAST_REPLY = 64  # tokens; in less there is no room for a change
LEAST_WINDOW = 4096  # tokens; no prompt of a run fits into less
STEPS = (8192, 4096)  # limits to try where a provider names none


@dataclass(slots=True)
class Terms:
    """What one model takes. ``left_out`` are parameters that are not sent any more; "stream" among
    them: whole replies are asked for, "max_tokens": its newer name is used; both limits: none is
    sent.
    """

    newer_limit: bool = False  # the limit goes by max_completion_tokens
    left_out: set[str] = field(default_factory=set)
    system_in_user: bool = False
    largest_reply: int = 0  # tokens that were charged for one

    @property
    def limit_name(self) -> str:
        """What the limit of a reply is called; "" when none is taken."""
        older, newer = LIMITS
        order = (newer, older) if self.newer_limit else (older, newer)
        return next((name for name in order if name not in self.left_out), "")

    def parameters(self, model: Model, output: int) -> dict[str, Any]:
        """Return what is sent beside the messages."""
        wanted: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
        wanted |= model.parameters
        if self.limit_name:
            wanted[self.limit_name] = output
        gone = set(self.left_out)
        if "stream" in gone or wanted.get("stream") is False:
            gone |= {"stream_options"}
        return {name: value for name, value in wanted.items() if name not in gone}

    def messages(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """Return the messages as the model takes them."""
        if PICTURES in self.left_out:
            messages = [replace(message, pictures=()) for message in messages]
        if not self.system_in_user or not messages or messages[0].role != SYSTEM:
            return tuple(messages)
        first, *rest = messages
        if not rest:
            return (Message("user", first.text),)
        return (replace(rest[0], text=f"{first.text}\n\n{rest[0].text}"), *rest[1:])

    def most_reply(self, model: Model, output: int) -> int:
        """Return a bound on the tokens of a reply: what is asked for, or, where no limit is sent,
        the window; never less than what was charged before.
        """
        asked = output if self.limit_name else max(output, model.window)
        return max(asked, self.largest_reply if self.largest_reply > output else 0)

    def leave_out(self, names: Sequence[str]) -> None:
        """Send these no more."""
        self.left_out |= set(names)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a refusal taught: the model from now on, the reply's limit for the same request made
    again (0: it cannot be made), and a line for the user.
    """

    model: Model
    output: int
    notice: str = ""


def lesson(
    terms: Terms, model: Model, failure: ProviderFailure, output: int, prompt: int
) -> Lesson | None:
    """Learn from a refusal; None when it teaches nothing that is not known.

    ``output`` is the limit of the refused request, ``prompt`` its length in tokens as estimated
    here. ``terms`` are changed.
    """
    if failure.kind is FailureKind.PARAMETER:
        return _without(terms, model, failure.name, output)
    if failure.kind is FailureKind.LIMIT:
        return _fewer(terms, model, failure.most, output)
    if failure.kind is FailureKind.MEMORY:
        return _for_less_memory(model, prompt)
    if failure.kind is FailureKind.WINDOW:
        return _smaller(terms, model, failure, output, prompt)
    return None


def bare(terms: Terms, model: Model, output: int, own: Collection[str] = ()) -> Lesson | None:
    """Leave out everything that may be left out, after a refusal in words that are not known; None
    when nothing is left of it. ``own`` are what the request had beside the model's parameters.
    """
    usual = set(terms.parameters(model, output)) - {"stream", terms.limit_name}
    sent = usual | (set(own) - terms.left_out)
    if not sent:
        return None
    terms.leave_out(sorted(sent))
    names = ", ".join(sorted(sent))
    return Lesson(model, output, f"{model.name} is asked without {names} from now on")


def _without(terms: Terms, model: Model, name: str, output: int) -> Lesson | None:
    if name == SYSTEM:
        return _without_system(terms, model, output)
    if name in terms.left_out:
        return None
    terms.leave_out([name])
    if name == PICTURES:
        return Lesson(model, output, f"{model.name} reads no pictures; none are sent from now on")
    if name in LIMITS and terms.limit_name:
        return Lesson(model, output, f"{model.name} calls {name!r} {terms.limit_name!r}")
    return Lesson(model, output, f"{model.name} does not take {name!r}; it is left out from now on")


def _without_system(terms: Terms, model: Model, output: int) -> Lesson | None:
    if terms.system_in_user:
        return None
    terms.system_in_user = True
    return Lesson(
        model, output, f"{model.name} takes no system message; its words go into the user's"
    )


def _fewer(terms: Terms, model: Model, most: int, output: int) -> Lesson | None:
    """Ask for fewer tokens: as many as the provider says, or a step less, or without a limit."""
    if not terms.limit_name:
        return None
    fewer = most or next((step for step in STEPS if step < output), 0)
    if 0 < fewer < output:
        notice = f"{model.name} writes at most {fewer:,} tokens in a reply; no more is asked for"
        return Lesson(replace(model, output=fewer), fewer, notice)
    terms.leave_out(LIMITS)
    notice = f"{model.name} takes no limit of {output:,} tokens for a reply; none is sent"
    return Lesson(model, output, notice)


def _smaller(
    terms: Terms, model: Model, failure: ProviderFailure, output: int, prompt: int
) -> Lesson | None:
    """Fit prompt and reply into the window that the provider states, or into a smaller one."""
    counted = failure.prompt or prompt
    window = failure.window or _guess(model, output, counted)
    fitting = window if counted <= prompt else max(1, window * prompt // counted)
    smaller = replace(model, window=fitting, output=max(1, min(model.output, fitting // 2)))
    room = _room_for_reply(failure, output, window, counted)
    again = room if LEAST_REPLY <= room < output else 0
    if smaller != model:
        return Lesson(smaller, again, _notice(smaller, window))
    return Lesson(smaller, again, "") if again else None


def _room_for_reply(failure: ProviderFailure, output: int, window: int, counted: int) -> int:
    """Return how many tokens are left for a reply that was to have ``output``."""
    room = min(output, window - counted - 8)
    if not failure.window:
        return room
    if room >= output:
        room = output // 2  # its count is not the one that it refuses by
    return room if failure.prompt else min(room, window // 2)


def _notice(model: Model, window: int) -> str:
    return (
        f"{model.name} has room for {window:,} tokens of prompt and reply; prompts are kept to "
        f"{model.prompt_tokens:,} and replies to {model.output:,} "
        f"(as with window={window} output={model.output})"
    )


def _for_less_memory(model: Model, prompt: int) -> Lesson | None:
    """Ask for half the window of a server that has no memory for it; None below `LEAST_WINDOW`."""
    window = model.window // 2
    if window < LEAST_WINDOW:
        return None
    smaller = replace(model, window=window, output=min(model.output, window // 4))
    notice = (
        f"{model.name} has no memory for a window of {model.window:,} tokens; one of {window:,} is "
        f"asked for, prompts are kept to {smaller.prompt_tokens:,}"
    )
    return Lesson(smaller, smaller.output if prompt <= smaller.prompt_tokens else 0, notice)


def _guess(model: Model, output: int, counted: int) -> int:
    """Return a window to try where the provider names none: less of a reply first, then less of a
    prompt.
    """
    if output > STEPS[-1]:
        return max(counted + STEPS[-1], model.window // 2)
    return max(LEAST_REPLY * 2, min(model.window, counted + output) * 3 // 4)


def estimate(messages: Sequence[Message]) -> int:
    """Estimate the tokens of a prompt, from above, as prompts are measured here."""
    size = sum(message.size for message in messages)
    return -(-size // 3) + 8 * len(messages)
