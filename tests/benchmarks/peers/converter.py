"""The converters of Label Studio's SDK, which are what its server exports with."""

from functools import partial
from pathlib import Path

from label_studio_sdk.converter import Converter

from tests.benchmarks.peers import Prepare, Run, exports


def prepare(form: str, corpus: Path, target: Path) -> Run:
    """All exports in one format."""
    config = Path(__file__).parents[3] / "schema" / "label_config" / "documents.xml"
    converter = Converter(config.read_text("utf-8"), project_dir=None)

    def run() -> None:
        for path in exports(corpus):
            converter.convert(str(path), str(target / path.stem), form, is_dir=False)

    return run


RUNS: dict[str, Prepare] = {form: partial(prepare, form) for form in ("JSON_MIN", "CSV", "CONLL2003")}
