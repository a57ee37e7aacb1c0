"""Every rule a finding can name: the one table of ids, with what each means and what to try.

Ids are stable; a test holds this table against the code and against the corpora in tests/corpora.
`variorum validate --list-rules` prints it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Rule(NamedTuple):
    """What a rule id stands for."""

    level: Literal["error", "warning", "note"]
    meaning: str
    hint: str


def _error(meaning: str, hint: str) -> Rule:
    return Rule("error", meaning, hint)


def _repair(meaning: str) -> Rule:
    return Rule("note", meaning, "Repaired and recorded; nothing to do.")


RESTORE_SEED = (
    "Restore the seed, or add the new version under a new name, since annotations stay with the text they were made on; "
    "if nobody has annotated it yet, run `variorum freeze`."
)
EXPORT_JSON = "In Label Studio choose Export, format JSON."
CATALOGUE_HINT = "Mend the line by hand, or delete it and run `variorum freeze`."

RULES: dict[str, Rule] = {
    # all folders of a corpus
    "file-irregular": _error(
        "What lies among the files of a corpus is no regular file.", "Put the file itself in its place, or take it away."
    ),
    # seeds and frozen texts
    "seed-not-utf8": _error("A seed is not UTF-8.", "Convert the file to UTF-8."),
    "seed-empty": _error("A seed holds no text.", "Delete the file or put the article in it."),
    "seed-name": _error("A seed's name cannot be a document id.", "Name it NAME.txt of letters, digits, '.', '_' and '-'."),
    "seed-control-character": _error(
        "A seed holds a control character.", "Replace the character; it is often a mangled quote or dash."
    ),
    "seed-date-header": _error("A seed's date header names no day.", "Correct the date in the header or take the header out."),
    "seed-changed": _error("A seed differs from the one that was frozen.", RESTORE_SEED),
    "seed-not-frozen": _error("A seed is not in the catalogue.", "Run `variorum freeze`."),
    "seed-missing": Rule(
        "warning", "A document's seed is not there.", "Put the seed back if you have it; the frozen text is used as it is."
    ),
    "text-changed": _error(
        "A frozen text differs from what was frozen.", "Restore the file from version control; frozen texts are never edited."
    ),
    "text-missing": _error("A document has no frozen text.", "Run `variorum freeze` or restore the file."),
    "text-unknown": _error(
        "A frozen text is not in the catalogue.", "Restore its line in corpus/catalogue.jsonl or delete the file."
    ),
    "text-duplicate": _error(
        "Two documents have the same text.", "Keep one of the two; the right text of the other may be missing."
    ),
    "text-near-duplicate": _error(
        "Two documents have nearly the same text.", "Keep one, or give them one story_id if they are tellings of one story."
    ),
    # what people write about the corpus
    "settings-malformed": _error(
        "corpus.yaml cannot be read or breaks its form.", "Compare it with one that `variorum new` writes."
    ),
    "catalogue-missing": _error("There is no catalogue.", "Run `variorum freeze`."),
    "catalogue-two-forms": _error(
        "The corpus is in two forms: in one the catalogue holds the texts itself, in the other they are files.",
        "Keep either corpus/catalogue/, or corpus/catalogue.jsonl with corpus/texts/ and seeds/.",
    ),
    "catalogue-malformed": _error("A catalogue line is no JSON object or breaks its form.", CATALOGUE_HINT),
    "catalogue-unknown-field": _error(
        "A catalogue line has a field that is not known.", "Correct the field's name or take it out."
    ),
    "catalogue-not-of-seed": _error(
        "A catalogue line does not say what its seed gives.",
        "Put back what `variorum freeze` wrote: text_sha256, seed, seed_rules and source_date.",
    ),
    "catalogue-duplicate-id": _error("Two catalogue lines have one document id.", "Keep one of the lines."),
    "catalogue-unknown-split": _error("A split is none of train, validation and test.", "Write train, validation or test."),
    "catalogue-unknown-role": _error(
        "A role is not in the inventory document_role.", "Choose one of the roles in schema/labels.yaml or add it there."
    ),
    "catalogue-simplified-of": _error(
        "simplified_of names no other document of the catalogue that tells the same story.",
        "Write the document_id of the original, of the same story_id, or null where it is not in the corpus.",
    ),
    "labels-malformed": _error(
        "labels.yaml cannot be read or breaks its form.",
        "Compare it with one that `variorum new` writes; each label needs `name` and `definition`.",
    ),
    "preannotation-malformed": _error(
        "preannotation.yaml cannot be read or breaks its form.",
        "Mend it after the example of variorum's own schema/preannotation.yaml.",
    ),
    "split-leakage": _error(
        "One story stands in more than one split.",
        "Give its documents one split, or declare `holds_out: tellings` in corpus/corpus.yaml.",
    ),
    "split-shared-text": _error(
        "Documents of two splits share a long run of words.",
        "Move one of them, give them one story_id, or declare `holds_out: tellings`.",
    ),
    "split-empty": _error(
        "A split that corpus.yaml asks for has no document.",
        "Give a document that split in the catalogue, or take the split out of corpus.yaml.",
    ),
    # export files
    "file-misplaced": _error(
        "A file under annotations/ is no export in its place.",
        "Exports are annotations/PROJECT/ROUND/ANNOTATOR.json, or PROJECT/gold.json.",
    ),
    "export-format": _error("A file is an export format that loses annotations.", EXPORT_JSON),
    "export-json-min": _error("A file is a JSON_MIN export, which loses relations and region ids.", EXPORT_JSON),
    "export-hypertext": _error(
        "A region is marked in HyperText, whose offsets do not point into the text.",
        "Use a Text tag in the labelling config; `schema/label_config` has one.",
    ),
    "export-unreadable": _error("A compressed file cannot be unpacked.", "Copy or export it again."),
    "export-not-json": _error("A file is not JSON.", "Export it again; do not edit exports by hand."),
    "export-truncated": _error("A JSON file ends before it should.", "Copy or export it again."),
    "export-shape": _error(
        "A part of an export is not what Label Studio writes there.", "Export it again; do not edit exports by hand."
    ),
    "export-other-project": _error(
        "An export was made with the labelling config of another project.",
        "Put it under the project it belongs to, or leave it out.",
    ),
    "project-unknown": _error(
        "annotations/ holds a project that the build does not know.",
        "Known are `documents`, `alignments` and `claim_pairs`; move or delete the folder.",
    ),
    "task-no-document": _error(
        "A task does not say which document it is.",
        "Import each task with `document_id` (the text file's name without .txt) and `text` in its data.",
    ),
    "task-unknown-document": _error(
        "A task is of a document that is not in the catalogue.", "Freeze the document's seed or delete the task."
    ),
    "task-two-stories": _error(
        "A task joins documents of two stories.",
        "Delete the task, or correct `story_id`: only tellings of one story are joined.",
    ),
    "task-twice": _error(
        "One annotator has two tasks of one document in one round.", "Delete the task that is not used and export again."
    ),
    "task-text-differs": _error(
        "A task's text differs from the frozen text.",
        "Was the task made from the seed? Its text must be that of corpus/texts/. Do not edit either; import it again.",
    ),
    "annotator-email": _error(
        "An annotation file holds an e-mail address or a name of a person who annotated.",
        "Export without user details, or replace the address by the annotator's pseudonym.",
    ),
    "annotator-name": _error(
        "An annotation file's name is not a pseudonym.",
        "Name it after the annotator's pseudonym: letters, digits, '_' and '-', such as a1.json.",
    ),
    "annotator-several": _error(
        "One annotator's file holds annotations of several users.",
        "Export each annotator's work by itself, as from a project of their own, to a file of their own.",
    ),
    # regions
    "label-unknown": _error(
        "A label is not in the inventory.",
        "Correct it in Label Studio and export again, or add it to schema/labels.yaml and run `variorum schema`.",
    ),
    "label-missing": _error("A region has no label.", "Label the region or delete it."),
    "control-unknown": _error(
        "A result comes from a control that the config does not have.",
        "Export with the config in schema/label_config, or rename the control back.",
    ),
    "region-id-collision": _error(
        "Two regions of one annotation have one id.", "Delete one of the regions in Label Studio and mark it again."
    ),
    "offsets-not-integers": _error(
        "Offsets are not whole numbers.", "Export from a Text tag in format JSON; offsets are code points."
    ),
    "offsets-reversed": _error("A span ends before it starts.", "Delete the region and mark it again."),
    "offsets-out-of-range": _error("A span lies outside the text.", "Delete the region and mark it again."),
    "span-empty": _error("A span holds nothing, or only blanks.", "Delete the region and mark it again."),
    "span-mismatch": _error(
        "A span's offsets and its text cannot be brought together.", "Open the region in Label Studio and mark it again."
    ),
    "span-duplicate": _error("Two regions of one layer have the same span.", "Delete one of the two."),
    "span-crossing": _error(
        "Two regions of one layer cross.", "Nested spans are fine; change one so that it lies inside or outside the other."
    ),
    "span-inside-word": Rule(
        "warning", "A mention begins or ends inside a word.", "Widen the region to the word, unless it is meant so."
    ),
    "relation-dangling": _error("A relation leads to a region that is not there.", "Delete the relation and draw it again."),
    "relation-unlabelled": _error("A relation has no type.", "Choose the relation's type in Label Studio."),
    "relation-wrong-ends": _error(
        "A relation joins kinds of regions that its type does not join.", "Draw it as schema/labels.yaml has it (`from`, `to`)."
    ),
    "relation-duplicate": _error("One relation is drawn twice.", "Delete one of the two."),
    "choice-not-single": _error("A single-choice control has several choices.", "Keep one choice."),
    "choice-twice": _error("A control is answered twice for one region or document.", "Keep one answer."),
    "attribute-missing": _error("A claim lacks an attribute.", "Choose the attribute for the claim."),
    "attribute-astray": _error("An attribute belongs to no claim.", "Delete it, or mark the claim it is meant for."),
    "reading-level-missing": _error("An annotation gives no reading level.", "Choose a reading level for the document."),
    "reading-level-unknown": _error("A reading level is not on the scale.", "Choose a level of the inventory reading_level."),
    "claim-outside-sentence": _error("A claim touches no sentence.", "Delete the region, or mark the words of the claim."),
    "claim-edge-punctuation": Rule(
        "warning", "A claim begins or ends with a punctuation mark.", "Shorten the region to the words of the claim."
    ),
    "mention-outside-sentence": _error(
        "A mention lies in no sentence or runs over its end.",
        "Shorten it; if the sentence break is wrong, add the word before it to `abbreviations` in corpus.yaml.",
    ),
    "claimer-not-mention": _error(
        "A claimer is not a mention.", "Draw the relation from the claim to the mention of its source."
    ),
    # projects that join documents
    "alignment-not-a-sentence": _error(
        "A sentence of an alignment task is not a sentence of its text.",
        "Leave the sentences as they were pushed; after a change of `abbreviations` push again.",
    ),
    "alignment-of-bare-document": _error(
        "An alignment is of a document that nobody has annotated by itself.", "Finish the document's own annotation first."
    ),
    "factuality-outside": Rule(
        "warning", "A departure of fact lies in no linked sentence.", "Link the sentences, or delete the span."
    ),
    "factuality-unpaired": Rule(
        "warning", "A substitution has no counterpart.", "Mark what stands there in the other text and draw a `substitution`."
    ),
    "factuality-unlike": _error("The two ends of a substitution are not alike.", "Mark both as substitution, of one severity."),
    "pair-claim-unknown": _error(
        "A pair joins a claim that is not in the gold.", "Push the pairs again and judge the claim as it is now."
    ),
    "pair-polarity": Rule(
        "warning",
        "Two claims are judged equivalent, and one of them is negated.",
        "Look at the pair: it may be `contradicts`, or the modality of one may be wrong.",
    ),
    "cluster-contradiction": _error(
        "A pair of claims is judged otherwise than what follows from other pairs.", "One of the pairs is judged wrongly."
    ),
    "clusters-malformed": _error(
        "A line of entity_clusters.jsonl cannot be read or breaks its form.",
        "A line needs cluster_id, type, name and forms; compare it with the others.",
    ),
    "cluster-two-types": _error("An entity cluster has two types.", "Give each type a cluster of its own."),
    "cluster-two-ids": _error(
        "An entity cluster has two Wikidata ids, or one id stands for two clusters.", "Keep one, or join the clusters."
    ),
    "cluster-link": _error(
        "An entity cluster's Wikidata id, status and date do not go together.",
        "`linked` has an id, the others have none; all but `not_attempted` have the date of checking.",
    ),
    "cluster-ambiguous": _error(
        "A mention belongs to several entity clusters.", "Name the mention in `mentions` of the one, or limit `stories`."
    ),
    "cluster-unused": Rule("warning", "No mention belongs to an entity cluster.", "Correct its forms, or delete the line."),
    "mention-unclustered": Rule(
        "warning", "A mention belongs to no entity cluster.", "Add its form to a line of entity_clusters.jsonl, or a new line."
    ),
    "simplified-harder": Rule(
        "warning",
        "A simplified text is harder than its source by every metric.",
        "Look at both texts, and whether `simplified_of` is the right way round.",
    ),
    # rounds and curation
    "round-not-blind": _error(
        "An annotator of a blind round saw the work of another.",
        "Let the annotator begin anew from the text, in a project without the others' work.",
    ),
    "round-missing": _error("A round has no finished work.", "Name another with --round, or pull first."),
    "decisions-malformed": _error(
        "A line of decisions.jsonl cannot be read or breaks its form.", "Mend the line, or delete it and run `variorum curate`."
    ),
    "decision-open": _error(
        "Annotators disagree on an item that nobody has decided.",
        "Write an annotator, `none` or `new` into its `decision`, and a reason; then run `variorum curate`.",
    ),
    "decision-misquotes": _error(
        "The words of a decision are not what stands at its place.", "Correct `start`, `end` or `text` in `gold`."
    ),
    "decision-without-reason": Rule(
        "warning", "An item was decided by hand without a reason.", "Write why into `reason`; the next round learns from it."
    ),
    "decision-without-candidates": _error(
        "An item was decided that nobody proposed.", "If the curator added it, its `decision` is `new`; else delete the line."
    ),
    "decision-candidate-unknown": _error(
        "A candidate of a decision is not in its annotator's work.", "Run `variorum curate`: the annotations have changed."
    ),
    "decision-unlike-candidate": _error(
        "A decision does not say what the annotator says whom it follows.", "Run `variorum curate`, or write `new`."
    ),
    "decision-unlike-gold": _error("What was decided is not in gold.json.", "Run `variorum curate` to write gold.json anew."),
    "decision-stale": _error(
        "The decisions on a task are not what its annotators' work comes to.",
        "Run `variorum curate`: it keeps what still holds and opens the rest.",
    ),
    "decision-of-earlier-round": Rule(
        "warning", "Gold is made of a round after which another was finished.", "Run `variorum curate` to decide the later one."
    ),
    "gold-without-decision": _error(
        "Something stands in gold.json that no decision says.", "Run `variorum curate`; gold.json is not edited by hand."
    ),
    "gold-undocumented": Rule(
        "warning", "gold.json has no decisions.jsonl beside it.", "Run `variorum curate`, so that one can see who decided what."
    ),
    # which annotation counts
    "gold-ambiguous": _error(
        "A document has several annotations and none is gold.",
        "Run `variorum curate` to make annotations/PROJECT/gold.json of them, or keep one.",
    ),
    "gold-missing": Rule(
        "warning",
        "A document has no finished annotation.",
        "Annotate it; until then it has rows in `documents` and `readability` only.",
    ),
    "conservation": _error(
        "Regions went missing between the exports and the tables.",
        "This is a fault of variorum; please report it with the file.",
    ),
    # new corpus folders
    "config-malformed": _error(
        "A labelling config cannot be read.", "Copy it from Label Studio: Settings, Labeling Interface, Code."
    ),
    "config-unsupported": _error(
        "A labelling config has a tag whose results cannot be read.",
        "Take the tag out of the config if its results are not wanted; they are then rejected, each with its place.",
    ),
    "gold-undecided": Rule(
        "warning",
        "A text has the annotations of several, and none is gold.",
        "Write `gold: [a1, a2]` into corpus/corpus.yaml: annotators in the order in which their work counts.",
    ),
    "new-left-out": Rule("warning", "A file was not taken into a new corpus.", "Convert it to plain text if it belongs there."),
    "new-renamed": Rule("note", "A name could not be taken as it is.", "Nothing to do; the name leads back to it."),
    "new-undecided": Rule("note", "Something was taken to be so that people decide.", "See corpus/corpus.yaml."),
    # releases
    "licence-open": _error(
        "A licence is left open.", "Say under which licence texts and annotations stand, or `other` with a `license_name`."
    ),
    "card-stale": _error("The card's numbers are not those of the build.", "Run `variorum card` and commit it."),
    "build-stale": _error("build/hub is not what the corpus builds now.", "Run `variorum build`."),
    "state-unversioned": _error(
        "A release must be reproducible, and git knows nothing of the corpus.",
        "Install git, or let it read the folder; where there is no repository yet, run `git init` and commit the corpus.",
    ),
    "state-uncommitted": _error("Files differ from the last commit.", "Commit them, or take them out, and build again."),
    "state-unreviewed": _error(
        "The last commit has not been merged.", "Merge it first, or name the branch of reviewed commits with --branch."
    ),
    "target-taken": _error("What the folder holds would be lost.", "Name a folder that is not there yet."),
    "release-damaged": _error("A release is not as it was published.", "Download it again."),
    "release-unrelated": _error(
        "The repository holds what is no release of this corpus, and would lose it.",
        "Is it the right name? If so, take those files out on the Hub first.",
    ),
    "withheld-in-history": _error(
        "Words that are withheld now stand in an earlier release, which stays readable.", "Publish to a new repository."
    ),
    "version-behind": _error(
        "The version does not say how much has changed.",
        "Raise `version` in corpus/corpus.yaml: the first number for another schema, the second for other rows, the third for "
        "words about them. `variorum diff ORG/NAME build/hub --format changelog` drafts what to say.",
    ),
    "tag-taken": _error("The tag names another release.", "Raise `version` in corpus/corpus.yaml and build again."),
    "release-not-stand-off": _error(
        "The release withholds nothing.", "Use it as it is; only a stand-off release is rehydrated."
    ),
    "seed-unlike": _error(
        "An article is missing that the release was made of.", "Put the file into the folder, byte for byte as it was received."
    ),
    "rehydrated-unlike": _error(
        "A restored file is not the one that was built.", "Install the versions that `tools` in manifest.json names."
    ),
    "release-unlike": _error(
        "What was read back from the Hub is not what was built.", "Run again; nothing was tagged. If it stays, report it."
    ),
    "card-malformed": _error(
        "The dataset card's head or markers cannot be read.", "Mend DATASET_CARD.md; its head is YAML between two lines ---."
    ),
    "table-invalid": _error("A table breaks its contract.", "This is a fault of variorum; please report it with the file."),
    # what Label Studio's server holds
    "project-missing": Rule(
        "warning",
        "Annotations were pulled from a project that the server does not have.",
        "Is it the right server? The file stays as it is.",
    ),
    "task-deleted": _error(
        "A task that the file has annotations of is no longer on the server.",
        "The file keeps them. If they are to go, pull with --accept-deletions.",
    ),
    "task-bare": Rule(
        "warning",
        "A task on the server is of no document of the corpus.",
        "Delete the task in Label Studio, or freeze the document's seed.",
    ),
    "task-edited": _error(
        "The text of a task that is being annotated is not the frozen text.",
        "Put the text back as it was, here or in Label Studio, or begin a new round.",
    ),
    "config-orphans": _error(
        "The new labelling config would orphan annotations.",
        "Keep the label in schema/labels.yaml, or relabel the regions in Label Studio first.",
    ),
    # conversion
    "convert-malformed": _error("A file of another format cannot be read.", "Mend the line, or write the file again."),
    "convert-unread": Rule(
        "warning",
        "A part of a file of another format is left out.",
        "Nothing to do, unless it is needed; a corpus has no place for it.",
    ),
    "convert-document-id": _error(
        "A document that comes in has no id that a corpus can have.",
        "Give its file another name: letters, digits, '.', '_' and '-'.",
    ),
    "convert-label-unknown": _error("A label that comes in is in no inventory.", "Add it to schema/labels.yaml."),
    "convert-character": _error(
        "A document holds a character that the format cannot.", "Choose another format, or mend the note."
    ),
    "convert-unlike": _error("What was written reads back otherwise.", "This is a fault of the program; please report it."),
    # repairs: one rung of the offset ladder each
    "repair-edge-blanks": _repair("Blanks at the edges of a span were cut."),
    "repair-collapsed-blanks": _repair("The quoted text had its blanks or line breaks changed; the offsets were right."),
    "repair-dropped-newline": _repair("The quoted text lost its line breaks; the offsets were right."),
    "repair-utf16": _repair("Offsets counted UTF-16 units and were converted to code points."),
    "repair-crlf": _repair("Offsets counted line ends as two and were converted."),
    "repair-stale-text": _repair("The quoted text was from before the region was resized; the offsets were right."),
    "repair-nearby": _repair("The quoted text stands once, close by; the span was moved there."),
    "repair-no-text": Rule(
        "note",
        "The region quotes no text; its offsets were taken as they are.",
        "Look at it in Label Studio if it seems wrong.",
    ),
}

_NEED_EVERY_LINE = frozenset(
    {
        "seed-not-frozen",
        "text-unknown",
        "task-unknown-document",
        "catalogue-simplified-of",
        "split-empty",
        "split-leakage",
        "preannotation-malformed",
    }
)
_NEED_LABELS = frozenset(
    {"catalogue-unknown-role", "label-unknown", "reading-level-unknown", "relation-wrong-ends", "claimer-not-mention"}
)
_NEED_SETTINGS = frozenset({"split-empty", "split-leakage", "split-shared-text", "mention-outside-sentence"})
_NEED_GOLD = frozenset({"gold-missing", "pair-claim-unknown", "alignment-of-bare-document"})
_READS_NO_ANNOTATION = ("file-misplaced", "project-unknown", *(name for name in RULES if name.startswith(("export-", "task-"))))

_DECIDED_OTHERWISE = (
    "decision-candidate-unknown",
    "decision-unlike-candidate",
    "decision-without-candidates",
    "gold-without-decision",
)

NEED_TABLES = frozenset({"pair-claim-unknown", "alignment-of-bare-document"})
"""What can only be said of work on two documents where both have their tables: after any error in documents they have none."""

CONSEQUENCES: Mapping[str, frozenset[str]] = {
    "file-irregular": _NEED_EVERY_LINE | _NEED_GOLD,
    "catalogue-missing": _NEED_EVERY_LINE,
    "catalogue-malformed": _NEED_EVERY_LINE,
    "catalogue-unknown-field": _NEED_EVERY_LINE,
    "catalogue-unknown-split": frozenset({"split-empty", "split-leakage"}),
    "labels-malformed": _NEED_LABELS,
    "settings-malformed": _NEED_SETTINGS,
    "text-duplicate": frozenset({"split-shared-text"}),
    "annotator-several": frozenset({"gold-ambiguous", *_NEED_GOLD}),
    "decision-open": frozenset({"gold-without-decision"}),
    "decisions-malformed": frozenset({"gold-without-decision", "decision-stale"}),
    **dict.fromkeys(_DECIDED_OTHERWISE, frozenset({"decision-stale"})),
    **dict.fromkeys(_READS_NO_ANNOTATION, _NEED_GOLD),
    "gold-ambiguous": _NEED_GOLD,
}
"""The rules that cannot be judged while another is broken: a document is only unknown where the catalogue could be read."""
