"""The schema of ``run.db``. The checksum of a row (`checksums`) is NULL where an earlier version
wrote it.
"""

from __future__ import annotations

from cladogen.record import blobs


def parent(position: int) -> str:
    """Return the SQL of a program's parent of that position, NULL where there is none."""
    return f"CASE WHEN json_valid(parents) THEN json_extract(parents, '$[{position}]') END"


# Of a task: the first program that a child is asked of.
ASKED_OF = "CASE WHEN json_valid(body) THEN json_extract(body, '$.parents[0]') END"
COSTS = "CASE WHEN json_valid(body) THEN json_extract(body, '$.cost.calls') END > 0"
MANY_PARENTS = "json_valid(parents) AND json_array_length(parents) > 2"

SCHEMA = (
    blobs.SCHEMA
    + f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER);
CREATE TABLE IF NOT EXISTS tasks (
    ticket INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, asker TEXT NOT NULL,
    body TEXT NOT NULL, checksum INTEGER
);
CREATE TABLE IF NOT EXISTS proposals (
    id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL, at REAL NOT NULL,
    operator TEXT NOT NULL,
    model TEXT NOT NULL, prompt INTEGER, reply INTEGER, patch INTEGER, body TEXT NOT NULL,
    checksum INTEGER, UNIQUE (ticket, round)
);
CREATE INDEX IF NOT EXISTS proposals_that_cost ON proposals (id) WHERE {COSTS};
CREATE TABLE IF NOT EXISTS programs (
    number INTEGER PRIMARY KEY, tree TEXT NOT NULL UNIQUE, parents TEXT NOT NULL,
    ticket INTEGER NOT NULL,
    round INTEGER NOT NULL, canonical BLOB NOT NULL, files TEXT NOT NULL,
    checksum INTEGER
);
CREATE TABLE IF NOT EXISTS evaluations (
    id INTEGER PRIMARY KEY, program INTEGER NOT NULL, ticket INTEGER NOT NULL, split TEXT NOT NULL,
    fresh INTEGER NOT NULL, name TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL,
    metrics TEXT NOT NULL,
    feedback TEXT NOT NULL, log TEXT NOT NULL, output TEXT NOT NULL, wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    peak_memory_mb REAL NOT NULL, output_bytes INTEGER NOT NULL, cost_usd REAL, at REAL NOT NULL,
    checksum INTEGER
);
CREATE INDEX IF NOT EXISTS programs_by_ticket ON programs (ticket, round);
CREATE INDEX IF NOT EXISTS programs_by_canonical ON programs (canonical);
CREATE INDEX IF NOT EXISTS programs_by_parent ON programs ({parent(0)});
CREATE INDEX IF NOT EXISTS programs_by_second_parent ON programs ({parent(1)})
    WHERE {parent(1)} IS NOT NULL;
CREATE INDEX IF NOT EXISTS programs_of_many ON programs (number) WHERE {MANY_PARENTS};
CREATE INDEX IF NOT EXISTS tasks_by_time ON tasks (at);
CREATE INDEX IF NOT EXISTS tasks_by_parent ON tasks ({ASKED_OF}) WHERE kind = 'propose';
CREATE INDEX IF NOT EXISTS evaluations_by_program ON evaluations (program);
DROP INDEX IF EXISTS evaluations_by_ticket;
CREATE INDEX IF NOT EXISTS evaluations_by_task ON evaluations (ticket, program, split);
CREATE INDEX IF NOT EXISTS evaluations_that_cost ON evaluations (id, cost_usd)
    WHERE cost_usd IS NOT NULL;
CREATE TABLE IF NOT EXISTS outputs (output TEXT PRIMARY KEY, text INTEGER NOT NULL, checksum INTEGER
);
CREATE TABLE IF NOT EXISTS results (
    seq INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    last INTEGER NOT NULL, at REAL NOT NULL,
    outcome TEXT NOT NULL, program INTEGER, standing TEXT NOT NULL, reason TEXT NOT NULL,
    checksum INTEGER, UNIQUE (ticket, round)
);
CREATE INDEX IF NOT EXISTS results_by_time ON results (at);
CREATE INDEX IF NOT EXISTS results_by_outcome ON results (outcome);
CREATE TABLE IF NOT EXISTS scores (
    program INTEGER PRIMARY KEY, result INTEGER NOT NULL, status TEXT NOT NULL, fitness REAL,
    cases INTEGER, body TEXT NOT NULL, checksum INTEGER
);
CREATE INDEX IF NOT EXISTS scores_by_result ON scores (result);
CREATE INDEX IF NOT EXISTS scores_by_fitness ON scores (fitness DESC, program);
CREATE TABLE IF NOT EXISTS bests (
    result INTEGER PRIMARY KEY, program INTEGER NOT NULL, before INTEGER NOT NULL,
    maker TEXT NOT NULL, checksum INTEGER
);
CREATE TABLE IF NOT EXISTS tallies (
    id INTEGER PRIMARY KEY, operator TEXT NOT NULL, model TEXT NOT NULL, specialist TEXT NOT NULL,
    in_vain TEXT NOT NULL, results INTEGER NOT NULL, result INTEGER NOT NULL, best REAL,
    body TEXT NOT NULL, checksum INTEGER, UNIQUE (operator, model, specialist, in_vain)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    checksum INTEGER
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, ticket INTEGER NOT NULL, round INTEGER NOT NULL,
    key TEXT NOT NULL,
    request INTEGER NOT NULL, reply INTEGER, body TEXT NOT NULL, checksum INTEGER
);
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key);
CREATE INDEX IF NOT EXISTS calls_in_flight ON calls (id) WHERE reply IS NULL;
CREATE INDEX IF NOT EXISTS calls_by_ticket ON calls (ticket);
"""
)
