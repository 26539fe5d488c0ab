# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A STAND-IN for OpenKB in Python, not that program: how it names documents and writes files.
# Written by us from a description of its formats and behaviour, with Python's standard library.
#
# Every change of the disk goes through step() first: STANDIN_DIE=N in the environment kills the
# process at the Nth, so that its crashes can be tried one by one.
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import tempfile
import unicodedata

steps = 0


def step():
    global steps
    steps += 1
    if os.environ.get("STANDIN_DIE") == str(steps):
        os.kill(os.getpid(), signal.SIGKILL)


# ---- Names

def stem(name):
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


def sanitize(text):
    """NFKC; each run of characters that are no word becomes one dash; never empty."""
    return re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFKC", text)).strip("-") or "document"


def nfkc(text):
    return unicodedata.normalize("NFKC", text)


def registry_path(root, source):
    """Relative with slashes inside the knowledge base, absolute outside; links resolved."""
    source, root = pathlib.Path(source).resolve(), pathlib.Path(root).resolve()
    inside = source.is_relative_to(root)
    return source.relative_to(root).as_posix() if inside else str(source)


def name_of(entry):
    return entry.get("doc_name") or stem(entry.get("name", ""))


def resolve_name(entries, key, file_name):
    """The name of a document: that of its path, else that of an entry from before there were
    paths, else a clean one, with a suffix of the path when it is taken."""
    entries = [entry for entry in entries.values() if isinstance(entry, dict)]
    for entry in entries:
        if key in (entry.get("path"), entry.get("raw_path"), entry.get("source_path")):
            return name_of(entry)
    for entry in entries:
        if not entry.get("path") and nfkc(name_of(entry)) == nfkc(stem(file_name)):
            return name_of(entry)
    clean = sanitize(stem(file_name))
    if any(nfkc(name_of(entry)) == clean for entry in entries):
        return f"{clean}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
    return clean


# ---- Files

def digest(path):
    total = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(65536):
            total.update(block)
    return total.hexdigest()


def sync_directory(path):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(fd)
    os.close(fd)


def atomic_write(path, data):
    """Temporary file, fsync, rename, fsync of the directory; the mode of what was there stays."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = os.umask(0)
    os.umask(mask)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~mask
    step()
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name[:200]}.", suffix=".tmp", dir=path.parent)
    with os.fdopen(fd, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    step()
    os.replace(temporary, path)
    sync_directory(path.parent)


def write_json(path, value):
    atomic_write(path, json.dumps(value, indent=2) + "\n")


def remove(path):
    path = pathlib.Path(path)
    if path.is_dir() and not path.is_symlink():
        step()
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        step()
        path.unlink()


def publish(staged, target):
    """A rename, and what the umask says of its mode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mask = os.umask(0)
    os.umask(mask)
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~mask
    step()
    os.chmod(staged, mode)
    os.replace(staged, target)
    sync_directory(target.parent)
