"""The lead's page, followed to the letter against a real server: each command of its blocks that asks one."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import copied
from tests.label_studio.lead import Studio

NAME = "test-page"
ASKS = re.compile(r"^variorum (?:label-studio (?:push|status|pull)|curate --push)[^#\n]*", re.MULTILINE)


def commands(page: str) -> list[str]:
    """The commands of its `sh` blocks that ask a server which is there already; pulling comes last, as in a round."""
    found = [
        each.strip()
        for block in re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        for each in ASKS.findall(block)
    ]
    return sorted(found, key=lambda command: " pull " in command)


def test_the_page_for_leads_can_be_followed(studio: Studio, repository: Path, tmp_path: Path) -> None:
    folder = copied(repository, tmp_path / "corpus")
    folder.settings.write_text(re.sub(r"(?m)^name: .*$", f"name: {NAME}", folder.settings.read_text("utf-8")), "utf-8")
    asked = commands((repository / "docs" / "annotate.md").read_text("utf-8"))
    environment = os.environ | {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": studio.access.token}

    for command in asked:
        source = f"variorum() {{ '{sys.executable}' -m variorum \"$@\"; }}\n{command}"
        ended = subprocess.run(
            ["bash", "-c", source], cwd=folder.root, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)

    assert len(asked) == 7
    # Two annotators of documents, two of each kind of pairs, and the curator.
    assert len(studio.projects(NAME)) == 7
    assert (folder.hub / "manifest.json").is_file()
