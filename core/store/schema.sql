-- SPDX-License-Identifier: Apache-2.0
-- SPDX-FileCopyrightText: the openkb authors
--
-- The registry, .openkb/openkb.db. Documented in docs/FORMATS.md. A change of any of this that
-- an older program cannot work with raises user_version (database.c).

-- kb_id, lineage (a new one for each database made), txid (the last used), hashes_digest (of
-- hashes.json as last read or written by us), hashes_written and index_written (of both views
-- as written last, while nothing but `exported` and the removals tell what changed since).
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value NOT NULL
) WITHOUT ROWID;

CREATE TABLE document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,               -- name under NFKC and full case folding
    stem TEXT NOT NULL,                 -- name under NFKC
    path TEXT NOT NULL,                 -- '': an old entry of Python's
    parent INTEGER NOT NULL DEFAULT 0,
    hash TEXT NOT NULL,
    type TEXT NOT NULL,
    source_name TEXT NOT NULL,
    title TEXT,
    description TEXT,
    pages INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT -1,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    ctime_ns INTEGER NOT NULL DEFAULT 0,
    inode INTEGER NOT NULL DEFAULT 0,
    plugin TEXT NOT NULL DEFAULT '',    -- '': converted by another program
    plugin_version TEXT NOT NULL DEFAULT '',
    output_version INTEGER NOT NULL DEFAULT 0,
    options TEXT NOT NULL DEFAULT '',
    choice TEXT NOT NULL DEFAULT '',    -- digest of the plugins it was chosen from
    sandbox TEXT NOT NULL DEFAULT '',
    landlock_abi INTEGER NOT NULL DEFAULT 0,
    added TEXT NOT NULL,
    updated TEXT,
    position INTEGER NOT NULL,          -- order in hashes.json
    index_line TEXT,                    -- its line in index.md as last written
    entry TEXT,                         -- its entry there as last read or written
    exported_hash TEXT,                 -- the key of that entry; NULL: not exported yet
    exported INTEGER NOT NULL DEFAULT 0 -- 1: the entry says what this row says
);
CREATE INDEX document_hash ON document (hash);
-- Covers what decides whether a source is unchanged (stats.c).
CREATE INDEX document_path ON document (path, size, mtime_ns, ctime_ns, inode, plugin,
    output_version, options, choice, name) WHERE path <> '';
CREATE INDEX document_folded ON document (folded);
CREATE INDEX document_legacy ON document (stem) WHERE path = '';
CREATE INDEX document_position ON document (position);
CREATE INDEX document_pending ON document (exported) WHERE exported = 0;

CREATE TABLE artifact (
    path TEXT PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX artifact_document ON artifact (document);

CREATE TABLE sibling (
    document INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    hash TEXT NOT NULL,                 -- '': it was absent
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    PRIMARY KEY (document, path)
) WITHOUT ROWID;

CREATE TABLE alias (
    path TEXT PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alias_document ON alias (document);

CREATE TABLE failure (
    path TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    stage TEXT NOT NULL,
    plugin TEXT NOT NULL,
    plugin_version TEXT NOT NULL,
    options TEXT NOT NULL,
    choice TEXT NOT NULL,
    output_version INTEGER NOT NULL,
    signal INTEGER NOT NULL,
    count INTEGER NOT NULL,
    permanent INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL
) WITHOUT ROWID;

-- File operations of committed transactions that are not known to be applied and durable.
CREATE TABLE intent (
    id INTEGER PRIMARY KEY,
    txid TEXT NOT NULL,
    dst TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    src TEXT NOT NULL,                  -- staged file; for a removal where dst is moved to
    hash TEXT NOT NULL,                 -- '': remove dst
    old_hash TEXT NOT NULL              -- what we wrote there before; '': nothing
);

-- Lines of wiki/log.md that are not known to be written and durable.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    line TEXT NOT NULL
);

-- What search follows.
CREATE TABLE change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,
    op TEXT NOT NULL                    -- put, delete
);

-- Documents whose bytes could not be published. They stay as they are until added again.
CREATE TABLE damaged (
    document INTEGER NOT NULL,
    path TEXT NOT NULL,
    hash TEXT NOT NULL,
    txid TEXT NOT NULL,
    noted TEXT NOT NULL,
    PRIMARY KEY (document, path)
) WITHOUT ROWID;

-- Views to be rebuilt: 'index', 'hashes'.
CREATE TABLE dirty_view (name TEXT PRIMARY KEY) WITHOUT ROWID;

-- Entries that hashes.json still has and the registry has no more (until the next export).
CREATE TABLE export_removal (
    hash TEXT PRIMARY KEY,
    entry TEXT NOT NULL
) WITHOUT ROWID;

-- Names whose lines index.md may still have.
CREATE TABLE index_removal (name TEXT PRIMARY KEY) WITHOUT ROWID;

-- What hashes.json holds that is no entry of a document; kept as it is.
CREATE TABLE foreign_entry (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
