"""Check-worthy claims: the config `claim_detection` trains a BERT for text classification, on the CPU, in seconds."""

from typing import Any

from datasets import ClassLabel, Dataset
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score
from transformers import BertForSequenceClassification, DataCollatorWithPadding, PreTrainedTokenizerFast

from tiny_model import fit, load, options, predict, tiny_bert, train_tokenizer


def encoded(rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> Dataset:
    """A split ready for training: the sentence's sub-tokens and its label."""

    def encode(row: dict[str, Any]) -> dict[str, Any]:
        tokens = tokenizer(row["text"], truncation=True)
        return {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"], "labels": row["label"]}

    return Dataset.from_list([encode(row) for row in rows])


def scores(gold: list[int], predicted: list[int], labels: ClassLabel) -> str:
    """How many are right, and the mean F1 of the labels that stand in gold: a rare label counts as much as a common one."""
    present = sorted(set(gold))
    right = accuracy_score(gold, predicted)
    mean = f1_score(gold, predicted, labels=present, average="macro", zero_division=0)
    return f"accuracy {right:.3f}, macro F1 {mean:.3f} over {len(present)} of {labels.num_classes} labels"


def main() -> None:
    """Loads, trains, scores beside what always guessing the most common label would give."""
    given = options("Trains a tiny BERT on the config `claim_detection`.", "claim_detection.py")
    splits = load(given.dataset, "claim_detection")
    labels = splits["train"].features["label"]

    tokenizer = train_tokenizer(splits["train"]["text"])
    ready = {name: encoded(rows, tokenizer) for name, rows in splits.items()}
    model = BertForSequenceClassification(tiny_bert(tokenizer, labels))
    collate = DataCollatorWithPadding(tokenizer)
    first, last = fit(model, ready["train"], collate, given.epochs)
    print(f"{given.epochs} epochs: the loss fell from {first:.3f} to {last:.3f}")

    seen = list(ready["train"]["labels"])
    common = DummyClassifier(strategy="most_frequent").fit(seen, seen)
    for name, rows in ready.items():
        gold = list(rows["labels"])
        guess = list(map(int, common.predict(gold)))
        print(f"{name}: {len(rows)} sentences, {scores(gold, predict(model, rows, collate), labels)}")
        print(f"{name}: always {labels.int2str(guess[0])}: {scores(gold, guess, labels)}")


if __name__ == "__main__":
    main()
