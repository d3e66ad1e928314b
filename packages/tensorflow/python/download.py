"""Gets the wheel: resumable, retried, checked against its known SHA-256."""

import errno
import hashlib
import http.client
import os
import subprocess
import sys
import time
import urllib.error

from events import Failure, Progress, note
from pip_settings import last_line
from web import UNREACHABLE, describe, shown

CHUNK = 1 << 18
# Attempts in a row that bring nothing; each that brings something starts the count again.
ATTEMPTS = 5
# A request that will be refused again whatever one does.
FINAL = (400, 401, 403, 404, 405, 410)


def download(web, url, partial, release, pause=time.sleep):
    """Fetches `url` into `partial`, continuing what is there; returns whether something was. Raises
    Failure NETWORK; what arrived until then is kept."""
    resumed = size_of(partial) > 0
    if size_of(partial) > release["size"]:
        os.remove(partial)
    progress = Progress("download", release["size"], size_of(partial))
    if resumed:
        note("Resuming the download at %d of %d MiB." % (size_of(partial) >> 20, release["size"] >> 20))
    failures, best = 0, size_of(partial)
    while size_of(partial) < release["size"]:
        try:
            transfer(web, url, partial, release["size"], progress)
            reason = "the connection was closed early"
        except urllib.error.HTTPError as error:
            reason = describe(error)
            if error.code == 416:
                os.remove(partial)
            if error.code in FINAL:
                raise Failure("NETWORK", "%s answers %s." % (shown(url), reason))
        except (http.client.HTTPException, *UNREACHABLE) as error:
            # A full disk is an OSError, too, but waiting mends only the network.
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            reason = describe(error)
        if size_of(partial) >= release["size"]:
            break
        # Measured against the best so far: a server that cannot continue and breaks off again must come to an end.
        failures = 1 if size_of(partial) > best else failures + 1
        best = max(best, size_of(partial))
        if failures >= ATTEMPTS:
            message = "The download from %s broke off at %d of %d bytes: %s. What arrived is kept."
            raise Failure("NETWORK", message % (shown(url), size_of(partial), release["size"], reason))
        note("The download was cut off (%s); trying again." % reason)
        pause(2 ** (failures - 1))
    progress.finish()
    return resumed


def transfer(web, url, partial, size, progress):
    start = size_of(partial)
    with web.open(url, {"Range": "bytes=%d-" % start, "Accept-Encoding": "identity"} if start else None) as answer:
        resumes = answer.status == 206
        progress.set(start if resumes else 0)
        # Unbuffered: what arrived is in the file even if this process is killed in the next moment.
        with open(partial, "ab" if resumes else "wb", buffering=0) as file:
            while True:
                chunk = answer.read(CHUNK)
                if not chunk:
                    return
                file.write(chunk)
                progress.add(len(chunk))
                if progress.done > size:
                    return


def verify(path, release):
    """Whether the file is the pinned one, byte for byte."""
    digest = hashlib.sha256()
    progress = Progress("verify", release["size"])
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
            progress.add(len(chunk))
    progress.finish()
    return digest.hexdigest() == release["sha256"]


def download_with_pip(release, folder):
    """Lets pip itself fetch the wheel into `folder`. Returns its path; raises Failure."""
    os.makedirs(folder, exist_ok=True)
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:",
        "--implementation", "cp", "--python-version", "3.11", "--platform", "manylinux_2_27_x86_64",
        "--dest", folder, "%s==%s" % (release["project"], release["version"]),
    ]
    progress = Progress("download", release["size"])
    # pip writes below TMPDIR first: with that in the cache the wheel is never on a second disk and its growth is
    # visible.
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": folder}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        time.sleep(0.25)
        progress.set(max(progress.done, largest_file(folder)))
    path = os.path.join(folder, release["filename"])
    if process.returncode == 0 and os.path.isfile(path):
        progress.set(release["size"])
        progress.finish()
        return path
    message = last_line(process.stderr.read()) if process.returncode else "pip chose another file"
    missing = "No matching distribution" in message or process.returncode == 0
    raise Failure("INDEX_MISS" if missing else "NETWORK", "pip download failed, too: %s." % message.rstrip("."))


def largest_file(folder):
    sizes = [0]
    for where, _, names in os.walk(folder):
        sizes += [size_of(os.path.join(where, name)) for name in names]
    return max(sizes)


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
