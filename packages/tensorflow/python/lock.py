"""One setup at a time. The lock belongs to the process: it ends with it, however it ends."""

import fcntl
import os
import threading

from events import emit, note


def take_lock(path):
    """Waits for the lock and keeps it until the process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        emit("stage", stage="wait", total=1, done=0)
        note("Another process is setting TensorFlow up; waiting for it.")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        # Some network file systems know no locks. Every file is still written under a temporary name.
        note("%s cannot be locked (%s); do not run two setups at once." % (path, error))
    return descriptor


def end_with(stream):
    """Ends this process as soon as `stream` does: whoever started it holds the other end, and may have been killed."""

    def watch():
        while stream.read(1):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
