#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# docs/FORMATS.md names every table and column of the registry, and none that does not exist.
#
# usage: formats-documented.py SOURCE-TREE
import pathlib
import re
import sqlite3
import sys


def in_schema(text):
    database = sqlite3.connect(":memory:")
    database.executescript(text)
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' "
                             "AND name NOT LIKE 'sqlite_%'").fetchall()
    return {(name, row[1]) for name, in names
            for row in database.execute(f"PRAGMA table_info({name})")}


def in_documentation(text):
    found, table = set(), None
    for line in text.splitlines():
        heading = re.match(r"#+ (\w+)$", line)
        if line.startswith("#"):
            table = heading[1] if heading and line.startswith("### ") else None
        elif table and line.startswith("| `"):
            found |= {(table, name) for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    return found


def main(tree):
    tree = pathlib.Path(tree)
    schema = in_schema((tree / "core/store/schema.sql").read_text())
    told = in_documentation((tree / "docs/FORMATS.md").read_text())
    for table, column in sorted(schema - told):
        print(f"not documented: {table}.{column}")
    for table, column in sorted(told - schema):
        print(f"documented and not there: {table}.{column}")
    print(f"{len(schema)} columns of {len({t for t, _ in schema})} tables")
    return 1 if schema != told or len(schema) < 50 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
