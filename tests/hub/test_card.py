"""What a card says of the corpus' settings."""

from collections.abc import Callable
from pathlib import Path

from variorum.build import build, card
from variorum.folder import Folder


def test_the_card_links_the_explorer_where_it_can_be_looked_at(corpus: Callable[[str], Folder], tmp_path: Path) -> None:
    folder = corpus("good")
    folder.card.write_text("# News\n\n<!-- generated:explorer -->\n<!-- /generated -->\n")

    assert "the explorer, drawn from the repository of this dataset by `variorum report`" in card(folder)[0]

    folder.settings.write_text(folder.settings.read_text() + "explorer: https://example.org/explorer.html\n")
    build(folder, target=tmp_path / "hub")

    assert "[the explorer](https://example.org/explorer.html)" in card(folder)[0]
    assert "[the explorer](https://example.org/explorer.html)" in (tmp_path / "hub" / "README.md").read_text()
