"""Named entities: the config `ner` trains a BERT for token classification, on the CPU, in seconds.

A tokenizer cuts the corpus's tokens into sub-tokens. The labels get there in two ways, which must agree:

- by words: the tokens go in as they are, and the first sub-token of each gets its tag;
- by offsets: the article's text goes in, and a sub-token at the start of a token gets its label from the mention around it.
"""

import sys
from typing import Any

from datasets import ClassLabel, Dataset
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2
from transformers import BertForTokenClassification, DataCollatorForTokenClassification, PreTrainedTokenizerFast

from tiny_model import fit, load, options, predict, tiny_bert, train_tokenizer

Row = dict[str, Any]
IGNORED = -100
"""The label that the loss and the metrics pass over."""


def tokenize_and_align_labels(row: Row, tokenizer: PreTrainedTokenizerFast) -> Row:
    """A sentence as input of the model; the first sub-token of each token has its tag, all others are ignored."""
    encoded = tokenizer(row["tokens"], is_split_into_words=True, truncation=True)
    labels, before = [], None
    for word in encoded.word_ids():
        labels.append(IGNORED if word is None or word == before else row["ner_tags"][word])
        before = word
    return {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"], "labels": labels}


def align_by_offsets(row: Row, text: str, tokenizer: PreTrainedTokenizerFast, tags: ClassLabel, types: ClassLabel) -> Row:
    """The same from the article's text and the mentions' offsets, both in code points, as the tokenizer counts too."""
    encoded = tokenizer(text[row["start"] : row["end"]], return_offsets_mapping=True, truncation=True)
    outermost = [each for each in row["mentions"] if not any(_inside(each, other) for other in row["mentions"])]
    labels = []
    for start, end in encoded["offset_mapping"]:
        place = row["start"] + start
        is_first = end > start and place in row["token_starts"]
        labels.append(tags.str2int(_tag(place, outermost, types)) if is_first else IGNORED)
    return {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"], "labels": labels}


def _inside(mention: Row, other: Row) -> bool:
    return mention != other and other["start"] <= mention["start"] and mention["end"] <= other["end"]


def _tag(place: int, mentions: list[Row], types: ClassLabel) -> str:
    for mention in mentions:
        if mention["start"] <= place < mention["end"]:
            return f"{'B' if place == mention['start'] else 'I'}-{types.int2str(mention['type'])}"
    return "O"


def aligned(rows: Dataset, texts: dict[str, str], tokenizer: PreTrainedTokenizerFast) -> Dataset:
    """A split ready for training; the script ends with an error at a sentence where the two ways differ."""
    tags, types = rows.features["ner_tags"].feature, rows.features["mentions"].feature["type"]
    ready = []
    for row in rows:
        by_words = tokenize_and_align_labels(row, tokenizer)
        by_offsets = align_by_offsets(row, texts[row["document_id"]], tokenizer, tags, types)
        if by_words != by_offsets:
            sys.exit(f"Tokens and offsets give different labels in {row['sentence_id']}: {row['text']}")
        ready.append(by_words)
    return Dataset.from_list(ready)


def scores(gold: Dataset, predicted: list[list[int]], tags: ClassLabel) -> str:
    """Whole mentions that are right in both ends and in type. What was predicted for padding stands behind the labels."""
    kept = [
        [(tag, guess) for tag, guess in zip(labels, guesses, strict=False) if tag != IGNORED]
        for labels, guesses in zip(gold["labels"], predicted, strict=True)
    ]
    right, guessed = ([[tags.int2str(pair[side]) for pair in pairs] for pairs in kept] for side in (0, 1))
    found = {
        name: metric(right, guessed, mode="strict", scheme=IOB2, zero_division=0)
        for name, metric in {"precision": precision_score, "recall": recall_score, "F1": f1_score}.items()
    }
    return ", ".join(f"{name} {value:.3f}" for name, value in found.items())


def main() -> None:
    """Loads, aligns, trains, scores."""
    given = options("Trains a tiny BERT on the config `ner`.", "token_classification.py")
    splits = load(given.dataset, "ner")
    documents = load(given.dataset, "documents")
    texts = {row["document_id"]: row["text"] for split in documents.values() for row in split}
    tags = splits["train"].features["ner_tags"].feature

    tokenizer = train_tokenizer(splits["train"]["text"])
    ready = {name: aligned(rows, texts, tokenizer) for name, rows in splits.items()}
    print(f"{sum(map(len, ready.values()))} sentences: tokens and offsets give the same labels")

    model = BertForTokenClassification(tiny_bert(tokenizer, tags))
    collate = DataCollatorForTokenClassification(tokenizer, label_pad_token_id=IGNORED)
    first, last = fit(model, ready["train"], collate, given.epochs)
    print(f"{given.epochs} epochs: the loss fell from {first:.3f} to {last:.3f}")
    for name, rows in ready.items():
        print(f"{name}: {len(rows)} sentences, {scores(rows, predict(model, rows, collate), tags)}")


if __name__ == "__main__":
    main()
