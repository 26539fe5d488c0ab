# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A STAND-IN for OpenKB in Python, not that program: its undo journal, version 1. Before an
# operation touches anything, what it may change is copied to .openkb/staging/rollback-<id>/ and
# listed in .openkb/journal/<id>.json. Whoever takes the lock next undoes what is still "active".
import json
import os
import pathlib
import shutil
import sys
import uuid

from python_files import remove, step, write_json

TRIES = 5


class Journal:
    def __init__(self, root, operation, details):
        self.root, self.id = pathlib.Path(root), uuid.uuid4().hex
        self.path = self.root / f".openkb/journal/{self.id}.json"
        self.backups = self.root / f".openkb/staging/rollback-{self.id}"
        self.value = {"version": 1, "operation": operation, "status": "active",
                      "kb_dir": str(self.root), "backup_dir": str(self.backups),
                      "details": details, "attempts": 0, "entries": []}

    def begin(self, targets):
        """Saves what is there of the targets; the journal comes last."""
        step()
        self.backups.mkdir(parents=True)
        for target in targets:
            backup = None
            if target.exists():
                backup = self.backups / target.relative_to(self.root)
                save(target, backup)
            self.value["entries"].append(
                {"target": str(target), "backup": backup and str(backup)})
        self.write()

    def write(self):
        write_json(self.path, self.value)

    def end(self, status="committed"):
        self.value["status"] = status
        self.write()

    def discard(self):
        remove(self.path)
        remove(self.backups)


def save(target, backup):
    """A copy of a file; a directory of files that are only ever replaced is linked."""
    step()
    backup.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        links = target.name in ("concepts", "entities")
        shutil.copytree(target, backup, copy_function=os.link if links else shutil.copy2)
    else:
        shutil.copy2(target, backup)


def restore(target, backup):
    target = pathlib.Path(target)
    if backup is None or pathlib.Path(backup).is_dir():
        remove(target)
    if backup is None:
        return
    step()
    target.parent.mkdir(parents=True, exist_ok=True)
    if pathlib.Path(backup).is_dir():
        shutil.copytree(backup, target)
        return
    temporary = target.with_name(f".{target.name[:200]}.restore.tmp")
    shutil.copy2(backup, temporary)
    os.replace(temporary, target)


def roll_back(value):
    entries = sorted(value.get("entries", []), key=lambda e: -len(pathlib.Path(e["target"]).parts))
    for entry in entries:
        restore(entry["target"], entry["backup"])


def settle(path):
    """One journal that somebody left. What cannot be understood is deleted."""
    try:
        value = json.loads(path.read_text())
        backups, _ = pathlib.Path(value["backup_dir"]), value["kb_dir"]
        status = value.get("status", "active")
    except (ValueError, KeyError, TypeError) as error:
        remove(path)
        return f"Unrecoverable mutation journal {path.name} ({error})"
    if status == "active":
        try:
            roll_back(value)
        except OSError as error:
            value["attempts"] = value.get("attempts", 0) + 1
            if value["attempts"] < TRIES:
                write_json(path, value)
                return f"Rollback failed (attempt {value['attempts']}/{TRIES}): {error}"
    remove(path)
    remove(backups)
    operation = value.get("operation", "mutation")
    return (f"Rolled back interrupted {operation} journal {path.name}." if status == "active"
            else f"Cleaned terminal mutation journal {path.name}.")


def drain(root):
    for path in sorted((root / ".openkb/journal").glob("*.json")):
        print(settle(path), file=sys.stderr)


def reap(root):
    """Whoever holds the lock and has begun nothing is the only one: all of it is left over."""
    for path in sorted((root / ".openkb/staging/prepare").glob("*")):
        if not path.is_symlink():
            remove(path)
