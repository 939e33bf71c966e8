"""docs/providers.md shows what the data say."""

from provider_page import PAGE, written


def test_tables_of_providers_are_those_of_the_data():
    page = PAGE.read_text()
    assert written(page) == page, "write them anew: python tests/support/provider_page.py"
