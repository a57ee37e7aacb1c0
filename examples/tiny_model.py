"""What the training examples share: a tokenizer trained on the corpus, a BERT that starts from chance, and a training loop.

Nothing is downloaded, so the examples run anywhere; for real work put `AutoTokenizer.from_pretrained` and
`AutoModelFor....from_pretrained` in their place.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from datasets import ClassLabel, Dataset, DatasetDict, load_dataset
from datasets.utils.logging import disable_progress_bar
from tokenizers import Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Sequence, Split, WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer
from torch.utils.data import DataLoader
from transformers import BertConfig, PreTrainedModel, PreTrainedTokenizerFast

DATASET = "build/hub"
LENGTH = 512
"""The longest input in sub-tokens; what is longer is cut off."""


def options(what: str, script: str) -> argparse.Namespace:
    """The call: which dataset, and how long to train."""
    parser = argparse.ArgumentParser(
        description=what, epilog=f"example: python examples/{script} build/hub --epochs 20", allow_abbrev=False
    )
    parser.add_argument("dataset", nargs="?", default=DATASET, help="a folder, or a name on the Hub (default: build/hub)")
    parser.add_argument("--epochs", type=int, default=20, help="how often training goes over the train split (default: 20)")
    given = parser.parse_args()
    if given.epochs < 1:
        parser.error("--epochs must be at least 1")
    if given.dataset == DATASET and not Path(DATASET).is_dir():
        # `datasets` would look for a user called "build" on the Hub.
        parser.error(f"{DATASET} is not there: run `variorum build` first, or name another dataset")
    return given


def load(name: str, config: str) -> DatasetDict:
    """A config of the dataset; the script ends where it has nothing to train on."""
    disable_progress_bar()
    splits = load_dataset(name, config)
    if "train" not in splits:
        sys.exit(f"The config {config} of {name} has no train split.")
    return splits


def train_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """A cased BPE tokenizer. It never joins what the corpus's tokens separate: word characters, or one other sign.

    BPE and not BERT's WordPiece, whose trainer gives another vocabulary each time.
    """
    pad, unknown, first, last = special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(BPE(unk_token=unknown))
    tokenizer.pre_tokenizer = Sequence([WhitespaceSplit(), Split(Regex(r"[^\w]"), "isolated")])
    tokenizer.train_from_iterator(texts, BpeTrainer(vocab_size=1000, special_tokens=special, show_progress=False))
    ends = [(name, tokenizer.token_to_id(name)) for name in (first, last)]
    tokenizer.post_processor = TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LENGTH,
        pad_token=pad,
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
    )


def tiny_bert(tokenizer: PreTrainedTokenizerFast, labels: ClassLabel) -> BertConfig:
    """Two layers of 64: enough to learn a few sentences by heart. The labels' names go with the model.

    Sets the seed, so that the model made of it starts the same each time.
    """
    torch.manual_seed(0)
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=LENGTH,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(labels.names)),
        label2id={name: number for number, name in enumerate(labels.names)},
    )


def fit(model: PreTrainedModel, rows: Dataset, collate: Callable[[list[Any]], Any], epochs: int) -> tuple[float, float]:
    """Trains on rows of input_ids, attention_mask and labels; the mean loss of the first and of the last epoch.

    The script ends with an error where training does not lower the loss.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    batches = DataLoader(rows, batch_size=8, shuffle=True, collate_fn=collate, generator=torch.Generator().manual_seed(0))
    model.train()
    losses = [_epoch(model, batches, optimizer) for _ in range(epochs)]
    if epochs > 1 and not losses[-1] < losses[0]:
        sys.exit(f"Training does not lower the loss: {losses[0]:.3f} became {losses[-1]:.3f}.")
    return losses[0], losses[-1]


def _epoch(model: PreTrainedModel, batches: DataLoader[Any], optimizer: torch.optim.Optimizer) -> float:
    losses: list[float] = []
    for batch in batches:
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def predict(model: PreTrainedModel, rows: Dataset, collate: Callable[[list[Any]], Any]) -> list[Any]:
    """The label ids of each row: one of a sequence, or one for each of its sub-tokens and then those of the padding."""
    model.eval()
    with torch.no_grad():
        batches = [model(**batch).logits.argmax(-1).tolist() for batch in DataLoader(rows, batch_size=8, collate_fn=collate)]
    return [labels for batch in batches for labels in batch]
