"""Providers' refusals as they are worded, and what they are taken for."""

import json
from pathlib import Path

import pytest

from cladogen.models.classify import classify
from cladogen.models.failures import CallFailed, Complaint
from cladogen.models.reply_stream import words_of

ROWS = json.loads((Path(__file__).parent.parent / "data/providers/refusals.json").read_text())
SENT = ("max_tokens", "temperature", "top_p", "reasoning_effort", "stream", "stream_options", "stop",
        "seed", "thinking", "chat_template_kwargs", "provider", "top_k", "tools", "n", "logprobs",
        "response_format", "presence_penalty", "enable_thinking")  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['provider']}: {row['says'][:60]}")
def test_refusal_falls_into_its_class(row):
    status = row["status"] if row["status"] != 200 else None
    said = Complaint(row["says"], status, row.get("headers", {}), row.get("body"))
    failure = classify(CallFailed(said), SENT)
    told = {"kind": failure.kind.value, "name": failure.name, "most": failure.most,
            "window": failure.window, "prompt": failure.prompt}  # fmt: skip
    wanted = {"name": "", "most": 0, "window": 0, "prompt": 0}
    assert told == {name: row.get(name, wanted.get(name)) for name in told}
    if "wait" in row:
        assert failure.wait_s == pytest.approx(row["wait"], abs=1.0)
    assert failure.text


@pytest.mark.parametrize("provider", [
    "OpenAI", "Azure", "Anthropic", "Bedrock", "Vertex", "Gemini", "Mistral", "DeepSeek", "Groq",
    "DashScope", "Moonshot", "xAI", "OpenRouter", "vLLM", "SGLang", "llama.cpp", "Ollama", "LM Studio", "TGI",
])  # fmt: skip
def test_every_provider_has_its_rows(provider):
    rows = [row for row in ROWS if row["provider"] == provider]
    assert rows and all(row["date"] and row["source"] for row in rows)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (424, "the dependency did not answer", "busy"),
        (424, "Model is not ready for inference. You can wait and retry your request.", "busy"),
        (400, "We could not do this now. Please try again later.", "busy"),
        (410, "this name is gone", "model"),
        (400, "The model `old-one` has been deprecated", "model"),
    ],
)
def test_what_passes_is_waited_for_and_a_model_that_is_gone_is_not(status, words, kind):
    assert classify(CallFailed(Complaint(words, status)), SENT).kind == kind


@pytest.mark.parametrize(
    ("status", "words", "told"),
    [
        (422, "`max_tokens` value 65536 is above the per-request ceiling of 16000", {"most": 16000}),
        (400, "The output length cannot be larger than 4000 tokens.", {"most": 4000}),
        (400, "Your input of 210345 tokens is above the 200000 token limit for this model.",
         {"window": 200_000, "prompt": 210_345}),
        (400, "Context overflow: 70000 tokens in prompt, model window 65536.",
         {"window": 65_536, "prompt": 70_000}),
        (400, "The sequence length 9000 is larger than the maximum sequence length 8192",
         {"window": 8192, "prompt": 9000}),
        (500, "the prompt (12000 tokens) does not fit in the context (8192)",
         {"window": 8192, "prompt": 12_000}),
        (400, "Argument not supported: seed", {"name": "seed"}),
        (403, "Your account does not have enough balance, please recharge", {"kind": "money"}),
        (429, "You have reached your daily request allowance.", {"kind": "quota"}),
        (429, "Monthly token allotment used up.", {"kind": "quota"}),
        (429, "Rate limit exceeded. Next request allowed in 12 s", {"kind": "rate", "wait_s": 12.0}),
        (423, "model is being loaded, please wait", {"kind": "busy"}),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_read_too(status, words, told):
    failure = classify(CallFailed(Complaint(words, status)), SENT)
    assert {name: getattr(failure, name) for name in told} == told


@pytest.mark.parametrize(
    "words",
    [
        "Supported: temperature, top_p and seed. This request had something else.",
        "The value must be larger than 0",
    ],
)
def test_names_and_numbers_that_refuse_nothing_say_nothing(words):
    failure = classify(CallFailed(Complaint(words, 400)), SENT)
    assert (failure.most, failure.window) == (0, 0)


def test_refusal_of_a_field_within_a_parameter_is_about_that_parameter():
    sent = {
        "max_tokens": 512,
        "extra_body": {"google": {"thinking_config": {"thinking_budget": 0}}},
        "chat_template_kwargs": {"enable_thinking": False},
        "tools": [{"type": "function", "function": {"parameters": {"thinking_level": {}}}}],
    }
    for words, name in (
        (
            "The thinking_budget 0 is invalid. Please choose a value between 128 and 32768.",
            "extra_body",
        ),
        ("unexpected keyword argument 'enable_thinking'", "chat_template_kwargs"),
        ("Thinking can't be disabled for this model.", "chat_template_kwargs"),
    ):
        failure = classify(CallFailed(Complaint(words, 400)), sent)
        assert (failure.kind, failure.name) == ("parameter", name)


def test_what_a_request_cannot_do_without_is_never_left_out():
    for words in ("'messages' must not be empty", "The parameter `model` is not supported"):
        failure = classify(CallFailed(Complaint(words, 400)), {"model": "m", "messages": []})
        assert failure.name == ""


def test_words_in_no_table_are_kept_in_full():
    words = "the flux capacitor is misaligned; " * 20
    failure = classify(CallFailed(Complaint(words, 400)), SENT)
    assert failure.kind == "refused" and failure.text == words.strip()


def test_key_in_a_refusal_is_not_shown(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret-0123456789")
    failure = classify(CallFailed(Complaint("bad key sk-very-secret-0123456789", 401)), SENT)
    assert "sk-very" not in failure.text and failure.kind == "key"


def test_words_of_a_provider_behind_databricks_are_read():
    body = {"message": '{"external_model_error": {"message": "max_tokens: 9 > 8, the maximum"}}'}
    assert words_of(body) == "max_tokens: 9 > 8, the maximum"
