"""The page's own files: few, so that it is there at once."""

import re
import subprocess
from shutil import which

import pytest

from cladogen.view.page import bundle


def test_page_is_four_files_and_not_one_for_each_module():
    text = (bundle.STATIC / "index.html").read_text()
    assert re.findall(r'(?:src|href)="(/[^"]+)"', text) == ["/start.js", "/page.css", "/page.js"]
    script = bundle.script()
    for path in bundle.STATIC.glob("*.js"):
        assert path.name == "start.js" or f"const module_{path.stem} = " in script, path.name
    assert not re.search(r"^(?:import|export) ", script, re.M)


def test_modules_that_import_each_other_are_named(tmp_path):
    for one, other in (("main", "run"), ("run", "main")):
        (tmp_path / f"{one}.js").write_text(f'import {{ x }} from "./{other}.js";\n')
    with pytest.raises(ValueError, match="main > run > main"):
        bundle.modules(tmp_path)


@pytest.mark.skipif(which("node") is None, reason="no node to check it with")
def test_script_is_one_that_a_browser_can_read(tmp_path):
    path = tmp_path / "page.js"
    path.write_text(bundle.script())
    subprocess.run(["node", "--check", path], check=True)
