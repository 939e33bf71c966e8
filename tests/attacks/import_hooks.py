"""Tries: answer every later import with a module of its own.
Stopped by: nothing is imported in this process afterwards that decides
Docker: ok or crash
Bubblewrap: ok or crash
Local: ok or crash
"""

import builtins
import sys
import types


def run(world):
    builtins.__import__ = lambda name, *a, **k: types.ModuleType(name)
    sys.meta_path.insert(0, types.SimpleNamespace(find_spec=lambda *a: None))
    sys.modules["json"] = types.ModuleType("json")
    return []
