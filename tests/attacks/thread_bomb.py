"""Tries: start threads without end.
Stopped by: the pids limit counts threads too
Docker: ok or timeout or crash or out_of_memory
Bubblewrap: ok or timeout or crash or out_of_memory
Local: ok or timeout or crash or out_of_memory
"""

import threading
import time


def run(world):
    started = 0
    try:
        while started < 5000:
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
            started += 1
    except RuntimeError:
        return []
    return [f"started {started} threads"]
