"""DuckDB: tables of documents, mentions, claims and relations in SQL; with tokens as words only, without offsets or tags.

Every table reads the exports anew, which was faster than a table in between (0.92 s against 1.46 s for 10,000 tasks).
"""

from functools import partial
from pathlib import Path

import duckdb

from tests.benchmarks.peers import Prepare, Run, exports

TASK = """{
  id: 'BIGINT',
  data: 'STRUCT(document_id VARCHAR, story_id VARCHAR, text VARCHAR)',
  annotations: 'STRUCT(id BIGINT, was_cancelled BOOLEAN, updated_at VARCHAR, result STRUCT(id VARCHAR, from_name VARCHAR,
    type VARCHAR, from_id VARCHAR, to_id VARCHAR, direction VARCHAR, labels VARCHAR[],
    value STRUCT(start INTEGER, "end" INTEGER, text VARCHAR, labels VARCHAR[], choices VARCHAR[]))[])[]'
}"""
TABLES = {
    "documents": "SELECT data.document_id AS document_id, data.story_id AS story_id, data.text AS text FROM tasks",
    "entities": """SELECT document_id, r.id AS region_id, r.value.start AS start, r.value."end" AS "end",
      substring(text, r.value.start + 1, r.value."end" - r.value.start) AS text, r.value.labels[1] AS type
      FROM results WHERE r.from_name = 'entity_type'""",
    "claims": """SELECT document_id, r.id AS region_id, min(r.value.start) AS start, min(r.value."end") AS "end",
      any_value(r.value.choices[1]) FILTER (r.from_name = 'checkworthiness') AS checkworthiness,
      any_value(r.value.choices) FILTER (r.from_name = 'claim_type') AS claim_types,
      any_value(r.value.choices[1]) FILTER (r.from_name = 'attribution') AS attribution,
      any_value(r.value.choices[1]) FILTER (r.from_name = 'modality') AS modality
      FROM results WHERE r.from_name IN ('claim', 'checkworthiness', 'claim_type', 'attribution', 'modality')
      GROUP BY document_id, annotation_id, region_id""",
    "relations": """SELECT document_id, r.from_id AS from_id, r.to_id AS to_id, r.labels[1] AS type
      FROM results WHERE r.type = 'relation'""",
}
TOKENS = """SELECT data.document_id AS document_id,
  regexp_extract_all(data.text, '[\\p{L}\\p{M}\\p{N}_]+|[^\\p{L}\\p{M}\\p{N}_\\s]') AS tokens FROM tasks"""


def prepare(tables: dict[str, str], corpus: Path, target: Path) -> Run:
    """One COPY a table."""
    paths = [str(path) for path in exports(corpus)]
    connection = duckdb.connect()
    given = f"{paths}, columns = {TASK}, format = 'array', maximum_object_size = 100000000"
    connection.execute(f"CREATE VIEW tasks AS FROM read_json({given})")
    connection.execute("""
        CREATE VIEW annotated AS SELECT data.document_id AS document_id, data.text AS text, unnest(annotations) AS a FROM tasks;
        CREATE VIEW results AS SELECT document_id, text, a.id AS annotation_id, unnest(a.result) AS r FROM annotated;
    """)

    def run() -> None:
        for name, query in tables.items():
            connection.execute(f"COPY ({query}) TO '{target}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")

    return run


RUNS: dict[str, Prepare] = {"tables": partial(prepare, TABLES), "tokens": partial(prepare, TABLES | {"tokens": TOKENS})}
