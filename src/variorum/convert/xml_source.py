"""XML as it comes from outside: read without fetching anything, and never more than is there."""

import re

from lxml import etree

from variorum.findings import Finding, Where, finding

UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


def safe_parser() -> "etree.XMLParser":
    """A parser for XML from outside."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parsed(name: str, source: bytes) -> tuple["etree._Element | None", list[Finding]]:
    """The root of an XML file, or why it is none. A document type is refused: its entities could name files to read."""
    try:
        root = etree.fromstring(source, safe_parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return None, [finding(Where(name, line, column), "convert-malformed", f"Not XML: {error.msg}.")]
    if root.getroottree().docinfo.doctype:
        return None, [finding(name, "convert-malformed", "The file declares a document type, which is not read.")]
    return root, []
