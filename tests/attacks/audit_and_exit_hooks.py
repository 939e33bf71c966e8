"""Tries: hooks that run at every event and at exit, and forge something there.
Stopped by: the child leaves without running them; events decide nothing
Docker: ok or crash
Bubblewrap: ok or crash
Local: ok or crash
"""

import atexit
import os
import sys
import threading


def forge(*arguments):
    os.write(2, b"")


def run(world):
    atexit.register(forge)
    threading.excepthook = sys.excepthook = sys.unraisablehook = forge
    sys.addaudithook(lambda event, arguments: None)
    sys.settrace(lambda *a: None)
    return []
