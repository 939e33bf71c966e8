"""How a reply ended: the providers' words for it, sorted.

Only an ending that is known to be good may be applied. A word that is not known here counts as a
cut: what is missing may be the other half of a change.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class ReplyEnding(StrEnum):
    """What an ending means for the reply before it."""

    WHOLE = "whole"  # the model stopped by itself
    CUT = "cut"  # a limit of tokens or of the window was reached
    FILTERED = "filtered"  # a filter or the model itself refused to go on
    FAILED = "failed"  # the provider gave up; asking again may help
    UNKNOWN = "unknown"  # a word that is in no table
    UNSAID = "unsaid"  # no word at all


WORDS = {
    ReplyEnding.WHOLE: """
        stop stop_sequence stopped stop_word end end_turn eos eos_token complete completed
        done finish finished normal success exit_0 eos_found stop_string_found
        stop_criteria_met endoftext tool_calls tool_call tool_use function_call
        function_calls
    """,
    ReplyEnding.CUT: """
        length max_tokens max_output_tokens max_completion_tokens max_length max_new_tokens
        model_length model_context_window_exceeded context_window_exceeded context_length_exceeded
        context_length context_limit limit token_limit token_limit_reached output_limit incomplete
        truncated continuation compaction pause_turn max_time max_len max_context not_finished
        max_predicted_tokens_reached context_length_reached max_context_length repetition
    """,
    ReplyEnding.FILTERED: """
        content_filter content_filtered content_filter_error filtered filter safety recitation
        blocked blocklist prohibited_content spii language sensitive guardrail
        guardrail_intervened guardrails refusal refused error_toxic user_cancel user_cancelled
        moderation model_armor
    """,
    ReplyEnding.FAILED: """
        error error_limit failed failure network_error insufficient_system_resource abort aborted
        cancel cancelled canceled timeout time_limit interrupted unavailable overloaded load unload
        malformed_function_call malformed_response malformed_model_output malformed_tool_use
        unexpected_tool_call too_many_tool_calls missing_thought_signature other unspecified unknown
        server_error internal_error engine_error model_unloaded user_stopped no_image preempted
    """,
}
_KINDS = {word: kind for kind, words in WORDS.items() for word in words.split()}
_PREFIXES = ("finish_reason_", "reason_", "image_")
_UNSAID = ("", "null", "none")  # what some servers write in every piece but the last


@lru_cache(maxsize=256)
def ending_of(word: str) -> ReplyEnding:
    """Return what a provider's word means, whatever its case and spelling."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.strip())
    plain = parted.lower().replace("-", "_").replace(" ", "_")
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return ReplyEnding.UNSAID if plain in _UNSAID else _KINDS.get(plain, ReplyEnding.UNKNOWN)
