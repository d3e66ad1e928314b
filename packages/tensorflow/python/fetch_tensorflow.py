"""Brings the TensorFlow libraries and headers into Winnow's cache: finds the wheel as pip would, downloads, verifies,
unpacks. Started by setup of @winnow/tensorflow with a JSON request as its argument; answers in JSON lines. When the
work is done it says `ready` and then holds the lock until its standard input is closed, so that the caller can go on
under it."""

import errno
import json
import os
import shutil
import signal
import sys
import time

import download
import lock
import pip_settings
import simple_index
import unpack
import web
from events import Failure, emit, note


def main(request):
    cache, target = request["cache"], request["directory"]
    os.makedirs(cache, exist_ok=True)
    lock.take_lock(os.path.join(cache, ".lock-" + os.path.basename(target)))
    remove_leftovers(cache, os.path.basename(target))
    if is_complete(target):
        return
    release = request["release"]
    wheel, ours = get_wheel(request.get("wheel"), release, cache)
    folder = os.path.join(cache, ".unpacking-" + os.path.basename(target))
    unpack.unpack(wheel, folder, release)
    unpack.put_in_place(folder, target)
    if ours:
        remove_downloads(cache, release)


def is_complete(target):
    """Another process may have done the work while this one waited for the lock."""
    try:
        with open(os.path.join(target, "winnow.json")) as file:
            sizes = json.load(file)["sizes"]
        return all(os.path.getsize(os.path.join(target, name)) == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def get_wheel(given, release, cache):
    """Path of the verified wheel, and whether it is ours to delete."""
    if given:
        require_space(cache, release["unpackedSize"])
        advice = "unset WINNOW_TENSORFLOW_WHEEL, or set it to %s" % release["filename"]
        if not os.path.isfile(given):
            raise Failure("INVALID_SETTING", "WINNOW_TENSORFLOW_WHEEL=%s: there is no such file." % given, advice)
        if not download.verify(given, release):
            message = "%s is not %s (SHA-256 %s), or damaged."
            raise Failure("CHECKSUM", message % (given, release["filename"], release["sha256"]), advice)
        return given, False

    partial = os.path.join(cache, release["filename"] + ".partial")
    remaining = max(0, release["size"] - download.size_of(partial))
    require_space(cache, remaining + release["unpackedSize"])
    for attempt in (1, 2):
        path, ours, resumed = fetch(release, cache, partial)
        if download.verify(path, release):
            return path, ours
        if not ours:
            raise Failure("CHECKSUM", "%s does not have the expected SHA-256 %s." % (path, release["sha256"]))
        os.remove(path)
        # The older half of a resumed download may be the bad one; a fresh one deserves no second chance.
        if not resumed or attempt == 2:
            break
        note("The resumed download does not have the expected checksum; starting again.")
    message = "The downloaded %s does not have the expected SHA-256 %s; it was deleted."
    raise Failure("CHECKSUM", message % (release["filename"], release["sha256"]))


def fetch(release, cache, partial):
    """Path of the wheel, whether it is ours, and whether part of it came from an earlier run."""
    if download.size_of(partial) == release["size"]:
        return partial, True, True
    emit("stage", stage="locate", total=1, done=0)
    settings = pip_settings.read_settings()
    client = web.Web(settings)
    search = simple_index.find(release, settings, client)
    if search.place and os.path.isfile(search.place):
        return search.place, False, False
    if search.place:
        return partial, True, download.download(client, search.place, partial, release)
    reasons = "; ".join(search.reasons)
    if not search.unreadable and not search.unreachable:
        raise Failure(
            "INDEX_MISS", "No index that pip is configured to use has %s: %s." % (release["filename"], reasons)
        )
    note("The package index could not be read directly (%s). Trying `pip download`." % reasons)
    try:
        return download.download_with_pip(release, os.path.join(cache, ".pip-" + release["build"])), True, False
    except Failure as failure:
        code = "NETWORK" if search.unreachable else failure.code
        raise Failure(code, "%s cannot be downloaded: %s. %s" % (release["filename"], reasons, failure))


def require_space(cache, needed):
    free = shutil.disk_usage(cache).free
    if free < needed:
        message = "TensorFlow needs %d MiB in %s, where %d MiB are free."
        raise Failure("DISK_SPACE", message % (-(-needed >> 20), cache, free >> 20))


def remove_leftovers(cache, name):
    """Whatever an interrupted setup left under temporary names. Only called under the lock: none of it is in use."""
    for prefix in (".unpacking-", ".compiling-"):
        for suffix in ("", ".old"):
            shutil.rmtree(os.path.join(cache, prefix + name + suffix), ignore_errors=True)
    shutil.rmtree(os.path.join(cache, ".pip-" + name.rpartition("-")[2]), ignore_errors=True)


def remove_downloads(cache, release):
    shutil.rmtree(os.path.join(cache, ".pip-" + release["build"]), ignore_errors=True)
    try:
        os.remove(os.path.join(cache, release["filename"] + ".partial"))
    except FileNotFoundError:
        pass


def run():
    # Ctrl-C reaches this process as well as its parent: end at once and quietly; what is on disk is safe at any moment.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os._exit(130))
    lock.end_with(sys.stdin.buffer)
    try:
        main(json.loads(sys.argv[1]))
    except Failure as failure:
        emit("failed", code=failure.code, message=str(failure), advice=failure.advice)
        return 1
    except OSError as error:
        code = "DISK_SPACE" if error.errno == errno.ENOSPC else "CACHE_UNWRITABLE"
        emit("failed", code=code, message="The cache cannot be written: %s." % error)
        return 1
    emit("ready")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    # Not sys.exit: the thread that watches standard input is still reading, and an orderly end would wait for it.
    os._exit(run())
