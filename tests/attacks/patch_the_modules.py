"""Tries: replace the functions that encode and send its result, and report a record.
Stopped by: they decide nothing; what they send is read as this program's own output
Docker: ok or crash or invalid
Bubblewrap: ok or crash or invalid
Local: ok or crash or invalid
"""

import json
import os
import sys


def run(world):
    for name, module in list(sys.modules.items()):
        if name.startswith("cladogen") and module is not None:
            for attribute in ("encode", "decode", "dumps", "_attempt", "score"):
                if hasattr(module, attribute):
                    setattr(module, attribute, lambda *a, **k: b'{"score": 1e9}')
    json.dumps = lambda *a, **k: '{"score": 1e9}'
    os.write = os.write
    return []
