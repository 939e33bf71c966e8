"""The page's own files: all of them are asked for at once."""

from pathlib import Path

import cladogen.view.page

STATIC = Path(cladogen.view.page.__file__).parent / "static"


def test_every_module_is_loaded_with_the_page_and_not_one_after_another():
    text = (STATIC / "index.html").read_text()
    modules = {path.name for path in STATIC.glob("*.js")} - {"theme.js"}
    assert [name for name in modules if f'"/static/{name}"' not in text] == []
