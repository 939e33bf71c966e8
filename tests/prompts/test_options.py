"""Options of models as they come from a command line or a table: read, or refused in one line."""

import math

import pytest

from cladogen.errors import ConfigError
from cladogen.prompts.operators import ODDS
from cladogen.prompts.options import ModelOptions

ODD = ["", "abc", "-1", "nan", "inf", "1e400", "{", "[]", "null", "true", "0", "1;2", "\x00", "=", 3.5, -7, True, None, [], {},
       math.nan, math.inf, [1, 2], {"a": 1}, 10**30]  # fmt: skip
NAMES = [name for name in ModelOptions.__dataclass_fields__ if name not in ("prices", "notes_from")]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("name", NAMES)
def test_any_value_of_any_option_is_read_or_refused_in_one_line(name, value):
    try:
        options = ModelOptions.read({name: value})
        options.models([("m", 1.0)], "")
        options.fallbacks("")
        options.operator_odds(ODDS)
    except ConfigError as error:
        assert "\n" not in str(error).replace("\\n", "") and name.split("_")[0] in str(error)


def test_parameters_are_a_table_or_json():
    assert ModelOptions.read({"parameters": '{"top_p": 0.5}'}).parameters == {"top_p": 0.5}
    assert ModelOptions.read({"parameters": {"top_p": 0.5}}).parameters == {"top_p": 0.5}
    with pytest.raises(ConfigError, match="not a table, or JSON"):
        ModelOptions.read({"parameters": "top_p=0.5"})


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("n", "one reply"),
        ("max_tokens", "output=N"),
        ("api_key", "--key"),
        ("response_format", "text"),
    ],
)
def test_parameter_that_has_a_meaning_here_is_refused_with_what_to_do(name, instead):
    with pytest.raises(ConfigError, match=instead):
        ModelOptions.read({"parameters": {name: 1}})


def test_models_may_name_a_server_each_and_commands_have_none():
    models = ModelOptions().models(
        [("a@http://localhost:1/v1", 1.0), ("b", 2.0), ("cli:claude -p", 1.0)],
        "http://localhost:2/v1",
    )
    assert [(model.name, model.api_base) for model in models] == [
        ("a", "http://localhost:1/v1"),
        ("b", "http://localhost:2/v1"),
        ("cli:claude -p", ""),
    ]
    assert models[2].at_once == 4


def test_fallbacks_are_read_in_their_order():
    options = ModelOptions.read({"fallback": ["b", "c@http://localhost:1/v1"]})
    assert [model.name for model in options.fallbacks("")] == ["b", "c"]


def test_price_may_tell_what_writing_to_a_cache_costs():
    (model,) = ModelOptions.read({"price": "m=3,15,0.3,3.75"}).models([("m", 1.0)], "")
    assert model.price.usd(100, 10, cached=50, written=20) == pytest.approx(
        (30 * 3 + 50 * 0.3 + 20 * 3.75 + 10 * 15) / 1e6
    )
    assert model.price.most(100, 10) == pytest.approx((100 * 3.75 + 10 * 15) / 1e6)
