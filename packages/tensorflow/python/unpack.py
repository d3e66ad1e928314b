"""Takes from a wheel what is needed and puts it in place in one step."""

import json
import os
import shutil
import zipfile
import zlib

from events import Failure, Progress

PREFIX = "tensorflow/"
LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
INCLUDE = "include/"


def unpack(wheel, folder, release):
    """Extracts the libraries and headers into the new folder and stamps it. Raises Failure CHECKSUM."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and wanted(m.filename)]
            progress = Progress("extract", sum(m.file_size for m in members))
            for member in members:
                extract(archive, member, os.path.join(folder, member.filename[len(PREFIX):]), progress)
            progress.finish()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Failure("CHECKSUM", "%s is damaged: %s." % (wheel, error))
    missing = [name for name in (*LIBRARIES, INCLUDE) if not os.path.exists(os.path.join(folder, name))]
    if missing:
        raise Failure("CHECKSUM", "%s is no TensorFlow wheel: it lacks %s." % (wheel, ", ".join(missing)))
    stamp(folder, release)


def wanted(name):
    inside = name[len(PREFIX):] if name.startswith(PREFIX) and ".." not in name.split("/") else ""
    return inside in LIBRARIES or inside.startswith(INCLUDE)


def extract(archive, member, path, progress):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with archive.open(member) as source, open(path, "wb") as target:
        for chunk in iter(lambda: source.read(1 << 20), b""):
            target.write(chunk)
            progress.add(len(chunk))


def stamp(folder, release):
    sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in LIBRARIES}
    content = {"format": 1, "version": release["version"], "wheel": release["sha256"], "sizes": sizes}
    with open(os.path.join(folder, "winnow.json"), "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(folder, target):
    """Gives the finished folder its name. What lay there (unfinished or damaged) is moved away first: whoever has its
    files open keeps them, and no moment shows a mixture."""
    old = None
    if os.path.lexists(target):
        old = folder + ".old"
        os.rename(target, old)
    os.rename(folder, target)
    if old:
        shutil.rmtree(old, ignore_errors=True)
