"""What work that comes from the server is held against before it is taken up."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from variorum.corpus.settings import Settings
from variorum.findings import Finding
from variorum.folder import Folder
from variorum.inputs import read_contract
from variorum.schema.labels import Labels


@dataclass(frozen=True)
class Reference:
    """What single annotations are checked against, texts only read as they are asked for: a corpus may hold thousands."""

    folder: Folder
    settings: Settings
    labels: Labels
    digests: dict[str, str]
    texts: Mapping[str, str]

    @property
    def abbreviations(self) -> tuple[str, ...]:
        """Words that end no sentence."""
        return self.settings.abbreviations

    def text(self, document_id: str) -> str | None:
        """The frozen text of a document; None where the corpus has none, or has changed it."""
        path = self.folder.text(document_id)
        if document_id in self.texts:
            return self.texts[document_id]
        if document_id not in self.digests or not path.is_file():
            return None
        source = path.read_bytes()
        return source.decode() if sha256(source).hexdigest() == self.digests[document_id] else None


def read_reference(folder: Folder) -> tuple[Reference, list[Finding]]:
    """Settings, labels and catalogue, with all that is wrong in them by themselves."""
    inputs = read_contract(folder)
    digests = {entry.document.document_id: entry.document.text_sha256 for entry in inputs.entries}
    return Reference(folder, inputs.settings, inputs.labels, digests, inputs.texts), inputs.findings
