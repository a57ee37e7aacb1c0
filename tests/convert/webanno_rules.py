"""What INCEpTION's own reader makes of a TSV file (Tsv3XDeserializer.java), written anew: it is no package.

Offsets are UTF-16 units, as there. What its code asserts or throws is asserted here.
"""

import re
from dataclasses import dataclass, field


@dataclass
class Cas:
    """What a file holds: the text, annotations as (type, label, begin, end), relations as (label, two of them)."""

    text: bytes = b""
    annotations: dict[str, tuple[str, str, int, int]] = field(default_factory=dict)
    relations: list[tuple[str, tuple[str, str, int, int], tuple[str, str, int, int]]] = field(default_factory=list)

    def covered(self, begin: int, end: int) -> str:
        return self.text[2 * begin : 2 * end].decode("utf-16-le")


def read(source: str) -> Cas:
    head, _, body = source.partition("\n\n\n")
    version, *layers = head.split("\n")
    assert re.fullmatch(r"#FORMAT=(.*) \d+\.\d+", version)
    columns = [(layer.split("=")[0], fields[0], name) for layer in layers for fields in [_fields(layer)] for name in fields[1:]]
    assert all(prefix in ("#T_SP", "#T_RL") for prefix, _, _ in columns)
    cas = Cas()
    related = []
    for block in body.removesuffix("\n").split("\n\n"):
        lines = block.split("\n")  # readLine parts at carriage returns too: there may be none
        assert "\r" not in block
        headers = [line for line in lines if line.startswith("#")]
        rows = [line.split("\t") for line in lines[len(headers) :]]
        assert rows
        _add_text(cas, headers, int(rows[0][1].split("-")[0]))
        for row in rows:
            assert len(row) >= len(columns) + 3
            related += _annotations(cas, columns, row)
    for label, source_id, target_id in related:
        cas.relations.append((label, cas.annotations[source_id], cas.annotations[target_id]))
    return cas


def _fields(layer: str) -> list[str]:
    return [part for part in layer.partition("=")[2].split("|") if part]


def _add_text(cas: Cas, headers: list[str], begin: int) -> None:
    told = "".join(_text(line.removeprefix("#Text=")) + "\n" for line in headers if line.startswith("#Text="))
    if len(cas.text) // 2 > begin:
        assert len(cas.text) // 2 == begin + 1
        assert cas.text.endswith(b"\n\0")
        cas.text = cas.text[:-2]
    cas.text += " ".encode("utf-16-le") * (begin - len(cas.text) // 2)
    cas.text += told.encode("utf-16-le")


def _text(written: str) -> str:
    letters = {"t": "\t", "n": "\n", "f": "\f", "r": "\r", "b": "\b"}
    return re.sub(r"\\([\x00-\x07\x0e-\x1ftnfrb\\])", lambda match: letters.get(match[1], match[1]), written)


def _annotations(cas: Cas, columns: list[tuple[str, str, str]], row: list[str]) -> list[tuple[str, str, str]]:
    """Adds the annotations of a line, or makes them longer; gives back its relations, whose ends may come later."""
    begin, end = map(int, row[1].split("-"))
    assert cas.covered(begin, end) == row[2]
    related = []
    label = [""]
    for (prefix, type_, name), cell in zip(columns, row[3:], strict=False):
        values = re.split(r"(?<!\\)\|", cell) if cell != "_" else []
        if prefix == "#T_RL" and name.startswith("BT_"):
            for told, given in zip(label, values, strict=True):
                source, _, target = given[given.index("[") + 1 : -1].partition("_")
                related.append((_value(told), source, target))
        elif prefix == "#T_RL":
            label = values
        elif name == "value":
            for given in values:
                told, _, number = given.removesuffix("]").rpartition("[")
                first = cas.annotations.get(number, (type_, _value(told), begin, end))
                assert first[:2] == (type_, _value(told))
                cas.annotations[number] = (*first[:3], end)
    return related


def _value(written: str) -> str:
    letters = {"t": "\t", "n": "\n"}
    return re.sub(r"\\(->|[\\\[\]|_;tn*])", lambda match: letters.get(match[1], match[1]), written)
