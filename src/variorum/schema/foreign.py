"""A labelling config that was not made for variorum: its controls and inventories, read from Label Studio's XML.

A corpus has one at schema/project.xml. It says which tables there are; labels.yaml may define its labels.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from variorum.findings import Finding, Level, Where, finding
from variorum.schema.labels import Inventory, Label, repeated
from variorum.schema.projects import DOCUMENTS, TEXT, Control, Project, Shown
from variorum.schema.tables import TABLES

RELATIONS = "relations"
"""The inventory and the table of relations, which no control gives."""
ROLES = "document_role"
_TAKEN = frozenset({*TABLES, ROLES})
_TYPES = {
    "Labels": "labels",
    "Choices": "choices",
    "Taxonomy": "taxonomy",
    "Rating": "rating",
    "Number": "number",
    "TextArea": "textarea",
    "DateTime": "datetime",
}
"""The tags that are read, each with the type of its results."""
_ITEMS = {"Labels": "Label", "Choices": "Choice", "Taxonomy": "Choice", "Relations": "Relation"}
_MULTIPLE = ("Taxonomy", "TextArea")
_SHOWN_ALONE = frozenset({"View", "Header", "Style", "Label", "Choice", "Relation", "Shortcut", "Collapse", "Panel", "Filter"})
_SHOWN_ALONE |= {"Text", "Relations", "HyperText", "List", "Table", "Markdown"}
_UNREADABLE = frozenset({"ParagraphLabels", "Paragraphs", "Pairwise", "Ranker", "HyperTextLabels", "TimeSeries", "Chat"})


_FIELD = re.compile(r"\$[^$\s]+")
"""What a Text shows that is a document: a field of the task's data."""
_TAGS = {name.lower(): name for name in (*_TYPES, *_SHOWN_ALONE, *_UNREADABLE)}


class ForeignLabels(dict[str, Inventory]):
    """The inventories of a project that was not made for variorum, by control, and its controls.

    `gold` are annotators in the order in which their work counts where a document has that of several; `may_reject` are the
    rules whose rejections are warnings.
    """

    def __init__(
        self,
        inventories: Mapping[str, Inventory],
        project: Project,
        gold: tuple[str, ...] = (),
        may_reject: tuple[str, ...] = (),
    ) -> None:
        super().__init__(inventories)
        self.project = project
        self.gold = gold
        self.may_reject = may_reject


@dataclass(frozen=True)
class Config:
    """A labelling config: the key of the task's data that each Text tag shows, the controls, the closed inventories.

    `instructions` are the Text tags that show the same words in every task.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, Control] = field(default_factory=dict)
    inventories: Mapping[str, Inventory] = field(default_factory=dict)
    instructions: frozenset[str] = frozenset()

    @property
    def project(self) -> Project:
        """The config as a project: of one text a task, as `new` lays tasks out."""
        return Project(DOCUMENTS, (Shown(TEXT, "document_id", "text", "text_sha256"),), self.controls, ())


def read_config(source: bytes, file: str) -> tuple[Config, list[Finding]]:
    """A config, and what of it cannot be read, each with its line."""
    try:
        view = ET.fromstring(source.decode("utf-8-sig"))  # noqa: S314 # expat of Python 3.11 bounds how far entities grow
    except (ET.ParseError, UnicodeDecodeError) as error:
        line, column = getattr(error, "position", (0, -1))
        return Config(), [finding(Where(file, line, column + 1), "config-malformed", f"Not XML: {error}.")]
    _canonical(view)
    asked = {name for tag in view.iter() for name in tag.get("toname", "").split(",")}
    shown = [tag for tag in view.iter("Text") if tag.get("name") in asked and not _is_instruction(tag)]
    texts = {tag.get("name", ""): tag.get("value", "").removeprefix("$") for tag in shown}
    controls = {tag.get("name", ""): _control(tag) for tag in view.iter() if tag.tag in _TYPES}
    listed = {_name(tag): tuple(_items(tag)) for tag in view.iter() if tag.tag in _ITEMS}
    inventories = {name: Inventory(f"The labels of {name}.", _once(found)) for name, found in listed.items() if found}
    instructions = frozenset(tag.get("name", "") for tag in view.iter("Text") if _is_instruction(tag))
    return Config(texts, controls, inventories, instructions), [
        *(finding(Where(file, _line(source, tag)), "config-unsupported", fact) for tag, fact in _faults(view)),
        *(_twice(file, source, tag) for tag in view.iter() if tag.tag in _ITEMS and _offered_twice(tag)),
    ]


def _once(labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Labels by name, of those of one name the first."""
    first: dict[str, Label] = {}
    for label in labels:
        first.setdefault(label.name, label)
    return tuple(first.values())


def _offered_twice(tag: Element) -> list[str]:
    return repeated([label.name for label in _items(tag)])


def _twice(file: str, source: bytes, tag: Element) -> Finding:
    """What is said of a label that a control offers twice, which Label Studio allows."""
    fact = f"{_name(tag)} offers {_offered_twice(tag)[0]!r} twice: in an export the two are one, and the first is taken."
    hint = "Nothing to do, unless two things were meant: then the export cannot tell them apart."
    return finding(Where(file, _line(source, tag)), "config-unsupported", fact, hint, Level.WARNING)


def _canonical(view: Element) -> None:
    """Brings tags and attributes to one form: Label Studio does not tell capitals apart in either."""
    for tag in view.iter():
        tag.tag = _TAGS.get(tag.tag.lower(), tag.tag)
        for name in [name for name in tag.attrib if name != name.lower()]:
            tag.set(name.lower(), tag.attrib.pop(name))


def _is_instruction(text: Element) -> bool:
    return bool(text.get("value")) and "$" not in text.get("value", "")


def _name(tag: Element) -> str:
    return RELATIONS if tag.tag == "Relations" else own_name(tag.get("name", ""))


def _control(tag: Element) -> Control:
    name, is_span = tag.get("name", ""), tag.tag == "Labels"
    return Control(
        _TYPES[tag.tag],
        own_name(name) if tag.tag in _ITEMS and any(_items(tag)) else "",
        layer=name if is_span else "",
        of="*" if not is_span and tag.get("perregion", "").lower() == "true" else "",
        single=tag.tag not in _MULTIPLE and tag.get("choice", "single").startswith("single"),
        required=False,
    )


def _items(tag: Element) -> Iterator[Label]:
    """The labels that a tag offers; those of a taxonomy as paths, and of Choices where it allows that."""
    return _offered(tag, tag.tag != "Choices" or tag.get("allownested", "").lower() == "true")


def _offered(tag: Element, nested: bool, path: str = "") -> Iterator[Label]:
    """The labels inside a tag. `alias` is what an export holds where there is one."""
    for item in tag:
        if item.tag != _ITEMS.get(tag.tag, "Choice"):
            yield from _offered(item, nested, path) if item.tag == "View" else ()
            continue
        written = item.get("alias", "") or item.get("value", "")
        name = f"{path}/{written}" if path else written
        if not written.startswith("$"):
            yield Label(name=name, definition=item.get("hint", ""), colour=item.get("background", ""))
            yield from _offered(item, nested, name if nested else "")


def _faults(view: Element) -> Iterator[tuple[Element, str]]:
    """The tags that give results or show texts which cannot be read, each with why."""
    asked = {name for tag in view.iter() for name in tag.get("toname", "").split(",")}
    about = {tag.get("name", "") for tag in view.iter("Text")}
    if not any(tag.get("name") in asked and not _is_instruction(tag) for tag in view.iter("Text")):
        yield view, "The config has no Text that a control is about."
    taken: dict[str, Element] = {}
    for tag in view.iter():
        name = tag.get("name", "")
        if tag.tag == "Text" and name in asked and not (_is_instruction(tag) or _FIELD.fullmatch(tag.get("value", ""))):
            yield tag, f"The Text {name!r} shows {tag.get('value', '')!r}, which is no single field of a task."
        elif tag.tag == "Text" and tag.get("valuetype") == "url":
            yield tag, f"The Text {name!r} is fetched from an address; the export does not hold it."
        elif tag.tag == "Text" and name in asked and tag.get("encoding", "none") != "none":
            encoding = tag.get("encoding")
            yield tag, f"The Text {name!r} is in {encoding}: write it plainly into the export, without `encoding` here."
        elif tag.tag in _UNREADABLE or (tag.tag not in _SHOWN_ALONE and tag.tag not in _TYPES and tag.get("toname")):
            yield tag, f"Results of the tag {tag.tag} ({name!r}) are not read."
        elif tag.tag in _TYPES and tag.get("toname") and not about & set(tag.get("toname", "").split(",")):
            yield tag, f"The control {name!r} is about {tag.get('toname')!r}, which is no Text."
        elif tag.tag in _TYPES and (other := taken.setdefault(table_name(name).casefold(), tag)) is not tag:
            yield tag, f"The controls {other.get('name')!r} and {name!r} would have one table."
        elif tag.tag == "HyperText" and any(name in each.get("toname", "").split(",") for each in view.iter("Labels")):
            yield tag, f"Regions in the HyperText {name!r} do not count the characters of the text."


def _line(source: bytes, tag: Element) -> int:
    """The line of a tag: of the first that has its name, which ElementTree does not keep."""
    name = f'name="{tag.get("name")}"'
    lines = enumerate(source.decode("utf-8-sig").splitlines(), start=1)
    begun = f"<{tag.tag}".lower()
    return next((number for number, line in lines if begun in line.lower() and (name in line or not tag.get("name"))), 1)


def plain_name(control: str) -> str:
    """A control's name as tables and files can be called."""
    return re.sub(r"\W+", "_", control)


@lru_cache(maxsize=1024)
def own_name(control: str) -> str:
    """What the labels of a control are called, and what is compared: told apart where the engine has the name for its own."""
    return f"{control}_results" if plain_name(control) in _TAKEN else control


@lru_cache(maxsize=1024)
def table_name(control: str) -> str:
    """The table of a control. It is asked of every result: one in twenty of a build's seconds, were it not remembered."""
    return plain_name(own_name(control))


def foreign_labels(config: Config, defined: Mapping[str, Inventory]) -> ForeignLabels:
    """The inventories of a config, with the definitions that labels.yaml has of them and the inventories that it alone has."""
    roles = {
        ROLES: Inventory("What a document is among those of its story.", (Label(name="other", definition="Not decided."),))
    }
    return ForeignLabels(roles | dict(config.inventories) | dict(defined), config.project)


def label_faults(config: Config, defined: Mapping[str, Inventory]) -> Iterator[str]:
    """Where labels.yaml and the config differ on the labels of a control; what labels.yaml leaves out is the config's."""
    for name, inventory in defined.items():
        own = config.inventories.get(name)
        if own is None and name != ROLES:
            yield f"The config has no control {name!r} with labels; it has {', '.join(config.inventories) or 'none'}."
        elif own is not None and set(own.names) - set(inventory.names):
            lacking = [each for each in own.names if each not in inventory.names]
            yield f"{name} lacks {', '.join(lacking)}, which the config offers."
