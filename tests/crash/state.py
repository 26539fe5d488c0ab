# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What a case left, as one digest: every name, mode and byte of the knowledge base, the registry as
# its rows, the canary, and what was acknowledged; without what differs between any two runs of one
# command (times, inodes, ids drawn at random). Cases that leave the same need one judgement.
import hashlib
import json
import os
import re

import checker

# What is taken out of rows and of log.md; that there is something, and how much, stays.
DRAWN = [(rb"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?", b"TIME"),
         (rb"\b1\d{18},1\d{18},\d+\b", b"STAT"),
         (rb"(VALUES\('(?:kb_id|lineage)',')[0-9a-f]{32}'", rb"\1ID'"),
         (rb"\b(\d+)-[0-9a-f]{8}\b", rb"\1-ID")]
LOG = b"wiki/log.md"
REGISTRY = b".openkb/openkb.db"


def without_drawn(data):
    for pattern, word in DRAWN:
        data = re.sub(pattern, word, data)
    return data


def files(top, below=b""):
    """(name, mode, bytes) of everything below a directory, in order of names."""
    with os.scandir(os.path.join(top, below)) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = os.path.join(below, entry.name)
            if entry.is_symlink():
                yield name, 0, os.readlink(entry.path)
            elif entry.is_dir():
                yield name, entry.stat().st_mode, b""
                yield from files(top, name)
            else:
                with open(entry.path, "rb") as file:
                    yield name, entry.stat().st_mode, file.read()


def fingerprint(kb, history, canary):
    total = hashlib.sha256(json.dumps(history).encode())
    total.update(canary.encode())
    total.update(without_drawn(checker.Registry(kb).dump.encode(errors="surrogateescape")))
    for name, mode, data in files(os.fsencode(kb)):
        if name.startswith(REGISTRY):
            data = b""
        total.update(b"\0%s\0%o\0%s" % (without_drawn(name), mode,
                                        without_drawn(data) if name == LOG else data))
    return total.hexdigest()
