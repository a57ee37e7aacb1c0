"""The dataset card: prose by hand, numbers between markers generated, and the YAML head that `load_dataset` reads."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple

import polars as pl
import yaml

from variorum.corpus.settings import ALL, SPLITS
from variorum.corpus.shingles import LONG_RUN_WORDS
from variorum.corpus.splits import counted
from variorum.findings import Finding, Where, finding
from variorum.hub.facts import COUNTED, LISTED, Example, Facts
from variorum.hub.vocabulary import head_faults
from variorum.schema.contract import card_features, columns, holds, type_name
from variorum.schema.foreign import ForeignLabels
from variorum.schema.foreign_tables import tables_of
from variorum.schema.labels import Labels
from variorum.schema.tables import DECIDED_BY
from variorum.yaml_file import read_yaml

_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_PART = re.compile(r"(<!-- generated:([a-z-]+) -->\n)(.*?)(<!-- /generated -->)", re.DOTALL)
CONFIGS, DATASET_INFO = "configs", "dataset_info"
"""What is generated of a card's head."""
_MARKERS = re.compile(r"<!-- /?generated")


@dataclass(frozen=True)
class Card:
    """A card taken apart: the YAML head as data and the body with its markers."""

    head: dict[str, Any]
    body: str


def read_card(file: str, source: bytes) -> tuple[Card, list[Finding]]:
    """A card, or the default one where `source` is empty, and what is wrong with its head or markers."""
    try:
        text = card_text(source)
    except UnicodeDecodeError as error:
        return Card({}, ""), [finding(file, "card-malformed", f"Byte {error.start} is not UTF-8.")]
    found = _HEAD.match(text)
    head, findings = read_yaml(found[1].encode(), dict[str, Any], file, "card-malformed") if found else ({}, [])
    if head is None:
        return Card({}, ""), [replace(each, where=_below_the_dashes(each.where)) for each in findings]
    faults = [] if found or not text.startswith("---") else ["The head begins with --- and does not end with it."]
    names = [match[2] for match in _PART.finditer(text)]
    faults += [f"There is no generated part {name!r}; known are {', '.join(PARTS)}." for name in names if name not in PARTS]
    if len(_MARKERS.findall(text)) != 2 * len(names):
        faults.append("A marker of a generated part is not closed.")
    faults += head_faults(head)
    card = Card(head, text[found.end() :] if found else text)
    return card, [finding(file, "card-malformed", fault) for fault in faults]


def card_text(source: bytes) -> str:
    """A card as text with plain line ends and no byte order mark, as git or an editor may have left it; or the default.

    Raises UnicodeDecodeError where it is not UTF-8.
    """
    return source.decode("utf-8-sig").replace("\r\n", "\n") or DEFAULT_CARD


def _below_the_dashes(where: Where) -> Where:
    """The place in the card of a place in its head, which begins on the second line."""
    return where.at(line=where.line + 1) if where.line else where


def fill_card(text: str, facts: Facts) -> str:
    """A card with each generated part made anew."""
    return _PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]](facts).strip()}\n\n{match[4]}", text)


def without_parts(text: str) -> str:
    """A card with its generated parts empty: what people wrote."""
    return _PART.sub(lambda match: f"{match[1]}{match[4]}", text)


class WrittenSplit(NamedTuple):
    """A split of a config as written: its files, rows and Arrow bytes."""

    files: tuple[str, ...]
    rows: int
    size: int


Written = dict[tuple[str, str], WrittenSplit]
"""By config and split."""


def readme(facts: Facts, card: Card, written: Written, digests: dict[str, str], sizes: dict[str, int]) -> str:
    """The Hub's README.md."""
    head = dict(card.head)
    configs = list(facts.counts)
    head[CONFIGS] = [_config(config, facts, written, digests) for config in configs]
    head[DATASET_INFO] = [_info(config, facts, written, sizes) for config in configs]
    written_head = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{written_head}---\n{fill_card(card.body, facts)}"


def stand_off_note(facts: Facts) -> str:
    """What the card of a stand-off release says first."""
    return (
        f"\n> **Stand-off release.** The words of {len(facts.withheld)} of {len(facts.splits)} articles may not be passed on "
        "and are not in it: their columns are null, offsets and digests say where they stand. With the articles themselves, "
        "`variorum rehydrate` restores the full dataset byte for byte.\n"
    )


def _config(config: str, facts: Facts, written: Written, digests: dict[str, str]) -> dict[str, Any]:
    """One config. Its description holds a digest of its content: without it `load_dataset` returns the rows of an
    earlier build of the same folder, since its cache looks at the README alone (datasets#2956).
    """
    files = [file for split in facts.counts[config] for file in written[config, split].files]
    content = sha256("".join(digests[file] for file in files).encode()).hexdigest()
    return {
        "config_name": config,
        "version": facts.settings.version,
        "description": f"{row_description(config, facts.labels)} Content sha256 {content}",
        **({"default": True} if config == "documents" else {}),
        "data_files": [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in facts.counts[config]],
    }


def _info(config: str, facts: Facts, written: Written, sizes: dict[str, int]) -> dict[str, Any]:
    parts = {split: written[config, split] for split in facts.counts[config]}
    return {
        "config_name": config,
        "features": card_features(tables_of(facts.labels)[config], facts.labels),
        "splits": [{"name": split, "num_bytes": each.size, "num_examples": each.rows} for split, each in parts.items()],
        "download_size": sum(sizes[file] for each in parts.values() for file in each.files),
        "dataset_size": sum(each.size for each in parts.values()),
    }


def row_description(config: str, labels: Labels) -> str:
    """What one row of a config is."""
    return (tables_of(labels)[config].__doc__ or "").strip()


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [list(header)]
    lines += [["---"] * len(lines[0])]
    lines += [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _rows_part(facts: Facts) -> str:
    splits = [split for split in (*SPLITS, ALL) if any(split in counts for counts in facts.counts.values())]
    rows = [
        [f"`{name}`", row_description(name, facts.labels), *(counts.get(split, "-") for split in splits)]
        for name, counts in facts.counts.items()
    ]
    return table(["config", "one row is", *splits], rows)


def _fields_part(facts: Facts) -> str:
    return "\n\n".join(
        f"### {name}\n\n{row_description(name, facts.labels)}\n\n{_fields(name, facts)}" for name in facts.counts
    )


def _fields(config: str, facts: Facts) -> str:
    found = columns(tables_of(facts.labels)[config], facts.labels)
    return table(
        ["field", "type", "unit", "description"],
        [
            [f"`{each.name}`", type_name(each) + (" or null" if each.nullable else ""), each.unit, each.description]
            for each in found
        ],
    )


def _documents_part(facts: Facts) -> str:
    """The documents, or the first of many."""
    documents = facts.seen.documents
    assert documents is not None
    rows = [
        [
            f"`{row['document_id']}`",
            facts.splits[row["document_id"]],
            row["role"],
            row.get("reading_level") or "-",
            row.get("source_date") or "-",
            row["sentences"],
            row["token_count"],
        ]
        for row in documents.iter_rows(named=True)
    ]
    rest = sum(facts.counts["documents"].values()) - LISTED
    more = f"\n\nAnd {rest} more." if rest > 0 else ""
    return table(["document", "split", "role", "level", "source date", "sentences", "tokens"], rows) + more


def _examples_part(facts: Facts) -> str:
    """A row of each config, as it is loaded: of an article whose words may be passed on, long values cut short."""
    return "\n\n".join(
        f"`{name}`\n\n```json\n{_example(example, holds(tables_of(facts.labels)[name]))}\n```"
        for name, example in facts.seen.examples.items()
    )


def _example(example: Example, words: dict[str, dict[str, str]]) -> str:
    row = example.row.row(0, named=True)
    shown = {name: None if example.place is None and name in words else value for name, value in row.items()}
    lines = [f"  {json.dumps(name)}: {_short(value)}" for name, value in shown.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


_LONG_TEXT, _LONG_LIST = 70, 3


def _short(value: Any) -> str:
    """A value as JSON on one line, with long texts and lists cut and an ellipsis in their place."""
    return json.dumps(_cut(value), ensure_ascii=False, default=str)


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG_TEXT:
        return value[: _LONG_TEXT - 1] + "…"
    if isinstance(value, list):
        return [_cut(each) for each in value[:_LONG_LIST]] + (["…"] if len(value) > _LONG_LIST else [])
    return {name: _cut(each) for name, each in value.items()} if isinstance(value, dict) else value


def _labels_part(facts: Facts) -> str:
    parts = []
    for name, (config, _) in COUNTED.items():
        if name in facts.seen.labels and name in facts.labels:
            counts = facts.seen.labels[name]
            rows = [[f"`{label.name}`", label.definition, counts.get(label.name, 0)] for label in facts.labels[name].labels]
            parts.append(f"### {name}\n\n{facts.labels[name].description}\n\n{table(['label', 'definition', config], rows)}")
    return "\n\n".join(parts)


def _leakage_part(facts: Facts) -> str:
    if not facts.leaks.listed:
        return "No story stands in two splits, and no documents of different splits share a long run of words."
    rows = [
        [f"`{leak.first}`", f"`{leak.second}`", "yes" if leak.story else "no", leak.runs]
        for leak in facts.leaks.listed
        if leak.rule == "split-shared-text"
    ]
    stories = sum(leak.rule == "split-leakage" for leak in facts.leaks.listed)
    shared = table(["document", "document of another split", "same story", f"shared runs of {LONG_RUN_WORDS} words"], rows)
    return (
        f"The splits hold out {facts.settings.holds_out}; the number of stories in more than one split is {stories}. "
        "A score on such a split says how well a model carries over to another telling of a story it has seen, and nothing "
        f"about unseen stories. {_shared_claims(facts)}\n\n{shared if rows else 'They share no long run of words.'}"
        + "".join(f"\n\nNot every pair is listed: {counted(share)}." for share in facts.leaks.counts)
    )


def _shared_claims(facts: Facts) -> str:
    """How many clusters of claims have members in several splits."""
    frame = facts.seen.whole.get("claim_clusters")
    if frame is None:
        return ""
    members = frame.filter("is_member").with_columns(split=pl.col("document_id").replace_strict(facts.splits))
    spread = members.group_by("claim_cluster_id").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1).height
    return f"Of {frame['claim_cluster_id'].n_unique()} clusters of claims, {spread} have members in more than one split."


def _accounts_part(facts: Facts) -> str:
    rows = [
        [
            f"`{file}`",
            ", ".join(f"{count} {state}" for state, count in sorted(ledger.annotations.items())),
            ledger.results,
            ledger.rows,
            sum(ledger.rejections.values()),
            sum(ledger.repairs.values()),
        ]
        for file, ledger in facts.ledgers.items()
    ]
    return table(["export", "annotations", "results in", "rows out", "rejected", "repaired"], rows)


def _agreement_part(facts: Facts) -> str:
    frame = facts.seen.whole.get("agreement")
    if frame is None:
        return "No round has the work of two annotators."
    shown = [row for row in frame.iter_rows(named=True) if _is_headline(row, facts.labels) or not row["metric"]]
    return agreement_table([row for row in shown if not row["label"] or row["metric"].startswith("attribute")])


def agreement_table(figures: Iterable[dict[str, Any]]) -> str:
    """Figures of agreement as a Markdown table."""
    rows = [
        [
            row["project"],
            row["round"] or "gold",
            row["layer"],
            " ".join(filter(None, (row["metric"], row["label"]))),
            ", ".join(row["annotators"]),
            "-" if row["value"] is None else f"{row['value']:.3f}",
            f"{row['n']} {row['unit']}",
            row["reason"] if row["value"] is None else "",
        ]
        for row in figures
    ]
    return table(["project", "round", "layer", "figure", "annotators", "value", "rests on", "why none"], rows)


def _is_headline(row: dict[str, Any], labels: Labels) -> bool:
    if isinstance(labels, ForeignLabels):
        return row["metric"] in FOREIGN_HEADLINES
    return (row["metric"], row["layer"]) in HEADLINES


HEADLINES = {
    *((metric, "mention") for metric in ("exact_f1", "overlap_f1")),
    *((metric, "claim") for metric in ("matched_f1", "has_claim_alpha", "attribute_alpha")),
    *((metric, layer) for metric in ("ends_f1", "label_f1") for layer in ("relation", "alignment", "claim_pair")),
    *((metric, "factuality") for metric in ("exact_f1", "overlap_f1")),
    *((metric, "reading_level") for metric in ("exact_agreement", "adjacent_agreement", "ordinal_alpha")),
    *(("offered_recall", layer) for layer in ("alignment", "claim_pair")),
}
"""The figures that the card shows; all stand in the config `agreement`."""
FOREIGN_HEADLINES = {
    *("exact_f1", "overlap_f1", "label_f1", "attribute_alpha"),
    *("nominal_alpha", "mean_jaccard", "ordinal_alpha", "interval_alpha"),
}
"""The same of controls of a project that was not made for variorum."""


def _decisions_part(facts: Facts) -> str:
    count = facts.seen.curated
    if not count:
        return "Nothing was curated."
    rules = [rule for rule in DECIDED_BY if any(rule == used for *_, used in count)]
    rows = [[*layer, *(count[*layer, rule] for rule in rules)] for layer in sorted({each[:3] for each in count})]
    return table(["project", "round", "layer", *rules], rows)


def _explorer_part(facts: Facts) -> str:
    url = facts.settings.explorer
    named = f"[the explorer]({url})" if url else "the explorer, drawn from the repository of this dataset by `variorum report`"
    return (
        f"To look before reading a table: {named}. It is one HTML page with the tellings side by side, all that is marked in "
        "them, how each disagreement was decided, and figures."
    )


PARTS: dict[str, Callable[[Facts], str]] = {
    "rows": _rows_part,
    "documents": _documents_part,
    "fields": _fields_part,
    "examples": _examples_part,
    "labels": _labels_part,
    "leakage": _leakage_part,
    "accounts": _accounts_part,
    "agreement": _agreement_part,
    "decisions": _decisions_part,
    "explorer": _explorer_part,
}

DEFAULT_CARD = "# Dataset card\n\n" + "\n\n".join(
    f"## {name.capitalize()}\n\n<!-- generated:{name} -->\n<!-- /generated -->" for name in PARTS
)
