"""The explorer of a corpus folder, from the tables of its build."""

from variorum.engines import Working
from variorum.findings import Finding
from variorum.folder import Folder
from variorum.progress import Progress, no_progress
from variorum.report.gather import gather
from variorum.report.material import material_of
from variorum.report.page import page
from variorum.report.plots import plots
from variorum.tabulate import IN_MEMORY, tabulate


def explorer(
    folder: Folder, progress: Progress = no_progress, with_withheld: bool = False, workers: int = 1
) -> tuple[str, list[Finding]]:
    """The page as HTML, and what was found. Findings keep nothing from being drawn that can be read.

    The words of documents that may not be passed on are left out, unless `with_withheld`. Raises ModuleNotFoundError
    without the extra `report`.
    """
    build = tabulate(folder, IN_MEMORY, progress, Working(workers))
    material = material_of(build, with_withheld)
    gathered = gather(material)
    drawn = plots(material, gathered.index["documents"])
    return page(material, gathered, drawn, build.counts), build.findings
