"""Secrets of the environment are cut out of texts, and nothing else is."""

import pytest

from cladogen.models.redact import redact, without_logins

ENVIRONMENT = {"MY_API_KEY": "sk-0123456789", "SHORT_KEY": "abc", "HOME": "/home/somebody"}


def test_values_of_variables_that_name_secrets_are_replaced():
    text = "key sk-0123456789 abc /home/somebody"
    assert redact(text, ENVIRONMENT) == "key [MY_API_KEY] abc /home/somebody"


@pytest.mark.parametrize(
    "held", ["sk-0123456789\n", '"sk-0123456789"', " Bearer sk-0123456789\r\n"]
)
def test_key_is_replaced_as_it_is_sent_and_not_only_as_it_is_held(held):
    assert redact("key sk-0123456789 is wrong", {"MY_API_KEY": held}) == "key [MY_API_KEY] is wrong"


def test_logins_leave_messages_but_not_replies():
    text = "cannot reach https://ada:secret@host/v1"
    assert without_logins(text) == "cannot reach https://host/v1"
    assert redact(text, ENVIRONMENT) == text


@pytest.mark.timeout(10)
def test_long_rubbish_is_read_in_no_time():
    text = "a" * 300_000 + "://" * 100_000 + "@"
    assert redact(text, ENVIRONMENT) == text
    without_logins(text)
