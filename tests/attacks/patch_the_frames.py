"""Tries: reach the callers' variables through frames, and make the answer's kind and token its own.
Stopped by: no caller in this process decides anything
Docker: ok or crash
Bubblewrap: ok or crash
Local: ok or crash
"""

import ctypes
import sys


def run(world):
    frame = sys._getframe()
    while frame is not None:
        for name in list(frame.f_locals):
            if name in ("token", "answers", "start", "limits", "calls"):
                frame.f_locals[name] = 0
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(1))
        frame = frame.f_back
    return []
