"""What brat's own parser asks of a line (nlplab/brat, server/src/annotation.py), written anew: it is no package."""

import re

_ID = re.compile(r"^([A-Za-z]+|#[A-Za-z]*)([0-9]+)(.*?)$")


def faults(text: str, annotations: str) -> list[str]:
    """The lines that brat would not read. `splitlines` parts as its codecs reader does."""
    seen: set[str] = set()
    return [line for line in annotations.splitlines() if not _is_read(line, text, seen)]


def _is_read(line: str, text: str, seen: set[str]) -> bool:
    id_, tab, rest = line.partition("\t")
    if not tab or not _ID.match(id_) or id_ in seen:
        return False
    seen.add(id_)
    data, _, tail = rest.partition("\t")
    match id_[0]:
        case "T":
            return _is_bound(data, tail, text)
        case "R":
            arguments = [part.split(":") for part in data.split(" ")[1:]]
            return len(arguments) == 2 and arguments[0][0] != arguments[1][0] and all(each[1] in seen for each in arguments)
        case "A":
            return re.match(r"(.+?) (.+?) (.+?)$", data) is not None and data.split(" ")[1] in seen
        case "#":
            return len(data.split()) == 2 and data.split()[1] in seen
    return False


def _is_bound(data: str, tail: str, text: str) -> bool:
    spans = [tuple(map(int, each.split(" "))) for each in data.split(" ", 1)[1].split(";")]
    inside = all(0 <= start <= end <= len(text) for start, end in spans)
    apart = all(
        not (end >= other[0] and start < other[1]) for place, (start, end) in enumerate(spans) for other in spans[:place]
    )
    return inside and apart and tail == " ".join(text[start:end] for start, end in spans)
