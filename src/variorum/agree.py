"""The work of `variorum agree`: the finished works of all rounds compared, shard by shard, before there is any gold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

from variorum.agreement.confusion import Confusion, confusions, in_order
from variorum.agreement.measure import Figure
from variorum.annotations.work import Work
from variorum.cache.store import Cache
from variorum.dataset.compared import figures_of, samples_of
from variorum.dataset.examined import examined, finished
from variorum.dataset.foreign_shard import build_foreign_shard
from variorum.dataset.shard import build_shard
from variorum.engines import ALONE, Working
from variorum.findings import Finding, failed, finding
from variorum.folder import Folder
from variorum.freed_memory import give_back
from variorum.inputs import Inputs, read_in_shards
from variorum.part import ShardPlan
from variorum.progress import Progress, Step, no_progress
from variorum.schema.foreign import ForeignLabels
from variorum.schema.projects import DOCUMENTS, PROJECTS
from variorum.shards import Kept, plans_of

R = TypeVar("R")
Compare = Callable[[Sequence[Work], Mapping[str, str], tuple[str, ...]], R]
"""What is made of works on some tasks, of the texts, and of the words that end no sentence."""


@dataclass(frozen=True)
class Asked:
    """Whose works are compared: those of some kinds of project, and of one round; all where nothing is named."""

    projects: tuple[str, ...] = ()
    round: str = ""

    def wants(self, project: str) -> bool:
        """Whether works of a kind of project are compared."""
        return not self.projects or project in self.projects

    def of(self, works: Sequence[Work]) -> list[Work]:
        """The works that are compared."""
        return [work for work in works if work.round and self.round in ("", work.round)]


@dataclass(frozen=True)
class _Compared(Generic[R]):
    """What came of a shard, or of the pairs of a kind of project; `works` is how many there were."""

    made: R
    works: int
    errors: list[Finding]


Agreed = tuple[list[R], list[Finding]]
"""What was asked for and, where it is good for nothing, the errors that keep it from being so."""


def measure_agreement(
    folder: Folder, asked: Asked, progress: Progress = no_progress, working: Working = ALONE
) -> Agreed[Figure]:
    """The figures of all rounds."""
    inputs = _read(folder, progress, working)
    made, errors = _compared(inputs, asked, samples_of, progress)
    return [] if errors else figures_of(made, inputs.labels), errors


def list_confusions(
    folder: Folder, asked: Asked, progress: Progress = no_progress, working: Working = ALONE
) -> Agreed[Confusion]:
    """All that annotators differ on, sorted by task and place."""
    made, errors = _compared(_read(folder, progress, working), asked, _confusions, progress)
    return sorted(chain.from_iterable(made), key=in_order), errors


def _read(folder: Folder, progress: Progress, working: Working) -> Inputs:
    """The corpus, with what builds have learnt of it; decisions on documents come later than what is compared here."""
    return read_in_shards(folder, progress, replace(working, cache=Cache(folder.cache, writes=False)))


def _confusions(works: Sequence[Work], texts: Mapping[str, str], _abbreviations: tuple[str, ...]) -> list[Confusion]:
    return confusions(works, texts)


def _compared(inputs: Inputs, asked: Asked, compare: Compare[R], progress: Progress) -> Agreed[R]:
    errors = [each for each in inputs.findings if failed([each])]
    found = list(chain(_of_documents(inputs, asked, compare, progress), _of_pairs(inputs, asked, compare)))
    errors += [error for each in found for error in each.errors]
    if asked.round and not any(each.works for each in found):
        place = inputs.folder.name(inputs.folder.annotations)
        errors.append(finding(place, "round-missing", f"Nobody has finished work in {asked.round}."))
    return [each.made for each in found], errors


def _of_documents(inputs: Inputs, asked: Asked, compare: Compare[R], progress: Progress) -> Iterator[_Compared[R]]:
    if not asked.wants(DOCUMENTS):
        return
    plans = plans_of(inputs, Kept(measure=False))
    step = Step(0, plans.documents, "Comparing documents")
    for shard, found in zip(plans.shards, inputs.working.done(partial(_compare_shard, asked, compare), plans), strict=True):
        step = step._replace(done=step.done + len(shard.places), bytes=step.bytes + shard.size)
        progress(step)
        yield found


def _compare_shard(asked: Asked, compare: Compare[R], plan: ShardPlan) -> _Compared[R]:
    texts = plan.read_texts()
    shard = plan.shard(texts)
    shard = replace(shard, asked=replace(shard.asked, check_only=True, decided=frozenset(), before_gold=True))
    labels = plan.labels
    result = build_foreign_shard(shard, labels) if isinstance(labels, ForeignLabels) else build_shard(shard)
    works = asked.of(result.works)
    errors = [each for each in result.findings if failed([each])]
    found = _Compared(compare(works, texts, plan.abbreviations), len(works), errors)
    give_back()
    return found


def _of_pairs(inputs: Inputs, asked: Asked, compare: Compare[R]) -> Iterator[_Compared[R]]:
    for project in (name for name in PROJECTS if name != DOCUMENTS and asked.wants(name)):
        reviews = [read for _, read in examined(inputs, inputs.tasks[project])]
        works = asked.of([work for read in reviews for work in finished(read, inputs.labels)])
        errors = [each for read in reviews for each in read.findings if failed([each])]
        yield _Compared(compare(works, inputs.texts, inputs.settings.abbreviations), len(works), errors)
