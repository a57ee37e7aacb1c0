"""The project's own verbs, called as the command line calls them. The corpus's own `build/hub` is there beforehand."""

import shutil
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq

from tests.benchmarks.peers import Run
from variorum.cli import main
from variorum.engines import Working
from variorum.findings import failed
from variorum.folder import Folder
from variorum.lean_import import without_pandas
from variorum.rebuild import rebuild

with without_pandas():  # as the command line has it: 45 MB less
    from variorum.build import build, validate
    from variorum.diff import diff

RELABELLED = 900
"""Between the two builds that are compared, one mention of so many has another type."""


def build_run(corpus: Path, target: Path) -> Run:
    """A whole build."""

    @without_pandas()
    def run() -> None:
        assert not failed(build(Folder(corpus), target=target / "hub", working=Working(0)).findings)

    return run


def validate_run(corpus: Path, _target: Path) -> Run:
    """The checks alone."""

    @without_pandas()
    def run() -> None:
        assert not failed(validate(Folder(corpus), working=Working(0)))

    return run


def agree_run(corpus: Path, _target: Path) -> Run:
    """Agreement of all annotators."""

    def run() -> None:
        with redirect_stdout(StringIO()) as told:
            main(["agree", "--root", str(corpus)], standalone_mode=False)
        assert told.getvalue()

    return run


def diff_run(corpus: Path, target: Path) -> Run:
    """The build against itself, some of its mentions relabelled."""
    changed = target / "changed"
    shutil.copytree(Folder(corpus).hub, changed)
    for path in (changed / "entities").iterdir():
        table = pq.read_table(path)
        types = table["type"].to_numpy().copy()
        types[::RELABELLED] = (types[::RELABELLED] + 1) % len(set(types))
        place = table.schema.get_field_index("type")
        pq.write_table(table.set_column(place, table.schema.field("type"), [types]), path)
    return partial(diff, str(Folder(corpus).hub), str(changed), corpus)


def load_dataset_run(corpus: Path, target: Path) -> Run:
    """Every table of the build loaded as users load it, with nothing cached."""
    import datasets  # not above: its 25 MB are no memory of the other verbs

    hub = str(Folder(corpus).hub)

    def run() -> None:
        for config in datasets.get_dataset_config_names(hub):
            datasets.load_dataset(hub, config, cache_dir=str(target))

    return run


def again_run(corpus: Path, _target: Path) -> Run:
    """A build where nothing changed since the last."""
    again = without_pandas()(partial(rebuild, Folder(corpus), working=Working(0)))
    again()
    return again


def changed_run(corpus: Path, target: Path) -> Run:
    """A build where one export of many changed since the last: its first annotation has another lead time."""
    copy = Folder(Path(shutil.copytree(corpus, target / "corpus")))
    again = without_pandas()(partial(rebuild, copy, working=Working(0)))
    again()
    export = copy.export_of("documents", "round1", "a1").path
    export.write_bytes(export.read_bytes().replace(b'"lead_time":', b'"lead_time":1', 1))
    return again


RUNS = {
    "build": build_run,
    "validate": validate_run,
    "agree": agree_run,
    "diff": diff_run,
    "load_dataset": load_dataset_run,
    "again": again_run,
    "changed": changed_run,
}
