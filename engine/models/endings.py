"""How a reply ended: the providers' words for it, sorted.

Only an ending that is known to be good may be applied. A word that nobody here knows counts as a
cut: what is missing may be the other half of a change.
"""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """What an ending means for the reply before it."""

    WHOLE = "whole"  # the model stopped by itself
    CUT = "cut"  # a limit of tokens or of the window was reached
    FILTERED = "filtered"  # a filter or the model itself refused to go on
    FAILED = "failed"  # the provider gave up; asking again may help
    UNKNOWN = "unknown"  # a word that is in no table
    UNSAID = "unsaid"  # no word at all


WORDS = {
    Ending.WHOLE: """
        stop stop_sequence stopped stop_word end end_turn eos eos_token eos_found complete completed
        done finished normal success exit_0 tool_calls tool_call tool_use function_call
        function_calls
    """,
    Ending.CUT: """
        length max_tokens max_output_tokens max_completion_tokens max_length max_new_tokens
        model_length model_context_window_exceeded context_window_exceeded context_length_exceeded
        context_length context_limit limit token_limit token_limit_reached output_limit incomplete
        truncated continuation compaction pause_turn max_time
    """,
    Ending.FILTERED: """
        content_filter content_filtered content_filter_error filtered filter safety recitation
        blocklist prohibited_content spii language image_safety sensitive guardrail
        guardrail_intervened guardrails refusal refused error_toxic user_cancelled moderation
        model_armor
    """,
    Ending.FAILED: """
        error error_limit failed failure network_error insufficient_system_resource abort aborted
        cancel cancelled canceled timeout time_limit interrupted unavailable overloaded load unload
        malformed_function_call malformed_response malformed_model_output malformed_tool_use
        unexpected_tool_call too_many_tool_calls missing_thought_signature other unspecified unknown
        server_error internal_error
    """,
}
_KINDS = {word: kind for kind, words in WORDS.items() for word in words.split()}


def ending_of(word: str) -> Ending:
    """Return what a provider's word means, whatever its case and spelling."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_").removeprefix("finish_reason_")
    return _KINDS.get(plain, Ending.UNKNOWN) if plain else Ending.UNSAID
