"""The schema of ``run.db``."""

from __future__ import annotations

from cladogen.record import blobs

SCHEMA = (
    blobs.SCHEMA
    + """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    ticket INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, asker TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS proposals (
    id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL, at REAL NOT NULL,
    operator TEXT NOT NULL,
    model TEXT NOT NULL, prompt INTEGER, reply INTEGER, patch INTEGER, body TEXT NOT NULL,
    UNIQUE (ticket, round)
);
CREATE TABLE IF NOT EXISTS programs (
    number INTEGER PRIMARY KEY, tree TEXT NOT NULL UNIQUE, parents TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    round INTEGER NOT NULL, canonical BLOB NOT NULL, files TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS evaluations (
    id INTEGER PRIMARY KEY, program INTEGER NOT NULL, ticket INTEGER NOT NULL, split TEXT NOT NULL,
    fresh INTEGER NOT NULL, name TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
    metrics TEXT NOT NULL,
    feedback TEXT NOT NULL, log TEXT NOT NULL, output TEXT NOT NULL, wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    peak_memory_mb REAL NOT NULL, output_bytes INTEGER NOT NULL, cost_usd REAL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS evaluations_by_program ON evaluations (program);
CREATE INDEX IF NOT EXISTS evaluations_by_ticket ON evaluations (ticket);
CREATE TABLE IF NOT EXISTS outputs (output TEXT PRIMARY KEY, text INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    last INTEGER NOT NULL, at REAL NOT NULL,
    outcome TEXT NOT NULL, program INTEGER, standing TEXT NOT NULL, reason TEXT NOT NULL,
    UNIQUE (ticket, round)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    key TEXT NOT NULL,
    request INTEGER NOT NULL, reply INTEGER, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key);
CREATE INDEX IF NOT EXISTS calls_by_ticket ON calls (ticket);
"""
)
