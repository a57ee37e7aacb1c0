"""datatrove: tasks as documents with nested metadata, written as Parquet. It reads lines, which are made beforehand."""

import json
from pathlib import Path
from typing import Any

import pandas as pd  # noqa: F401 # pyarrow imports it in the workers, where it would be timed
import pyarrow.parquet  # noqa: F401 # and so does datatrove
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import ParquetWriter

from tests.benchmarks.peers import Run, exports

WORKERS = 2


def document(_reader: object, task: dict[str, Any], _path: str, _place: int) -> dict[str, Any]:
    """A task as datatrove holds documents."""
    data = task["data"]
    metadata = {"story_id": data["story_id"], "annotations": json.dumps(task["annotations"], ensure_ascii=False)}
    return {"text": data["text"], "id": data["document_id"], "metadata": metadata}


def prepare(corpus: Path, target: Path) -> Run:
    """As many files of lines as there are workers."""
    lines = target / "lines"
    lines.mkdir()
    tasks = [task for path in exports(corpus) for task in json.loads(path.read_bytes())]
    for part in range(WORKERS):
        written = (json.dumps(task, ensure_ascii=False) + "\n" for task in tasks[part::WORKERS])
        (lines / f"{part}.jsonl").write_text("".join(written), "utf-8")
    steps = [JsonlReader(str(lines), adapter=document), ParquetWriter(str(target / "parquet"))]
    executor = LocalPipelineExecutor(
        steps, tasks=WORKERS, workers=WORKERS, logging_dir=str(target / "logs"), start_method="fork"
    )
    run: Run = executor.run
    return run


RUNS = {"parquet": prepare}
