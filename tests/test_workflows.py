"""The workflow and the pre-commit hook, by running what they run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
import yaml

from variorum.folder import Folder

Copy = Callable[[str], Folder]


def test_the_workflow_puts_findings_beside_the_lines(repository: Path, corpus: Copy) -> None:
    folder = corpus("good")
    workflow = yaml.safe_load((repository / ".github" / "workflows" / "validate.yml").read_text())
    command = workflow["jobs"]["validate"]["steps"][-1]["run"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    good = subprocess.run(
        ["bash", "-ec", command], cwd=folder.root, env=environment, capture_output=True, text=True, check=False
    )
    folder.catalogue.write_text(folder.catalogue.read_text().replace('"split":"train"', '"split":"dev"', 1))
    bad = subprocess.run(
        ["bash", "-ec", command], cwd=folder.root, env=environment, capture_output=True, text=True, check=False
    )

    assert (good.returncode, good.stdout) == (0, "")
    assert (bad.returncode, bad.stdout) == (
        1,
        "::error file=corpus/catalogue.jsonl,line=1,title=catalogue-unknown-split::one has the split 'dev'. "
        "Write train, validation or test.\n",
    )


def test_the_ci_workflow_runs_what_ci_runs(repository: Path) -> None:
    workflow = yaml.safe_load((repository / ".github" / "workflows" / "ci.yml").read_text())

    assert [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step] == [".ci/run"]
    assert os.access(repository / ".ci" / "run", os.X_OK)


@pytest.mark.server  # pip asks the package index
@pytest.mark.slow
def test_pre_commit_installs_the_hook_and_stops_a_bad_commit(repository: Path, corpus: Copy) -> None:
    """The real pre-commit, which installs this repository as any user's would."""
    folder = corpus("good")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "corpus"]):
        subprocess.run([*git, *arguments], cwd=folder.root, check=True)
    pre_commit = which("pre-commit", path=str(Path(sys.executable).parent))
    assert pre_commit
    hook = [pre_commit, "try-repo", str(repository), "variorum-validate", "--all-files"]
    environment = os.environ | {"PRE_COMMIT_HOME": str(folder.root.parent / "pre-commit")}

    good = subprocess.run(hook, cwd=folder.root, env=environment, capture_output=True, text=True, check=False)
    (folder.seeds / "three.txt").write_bytes(b"\xff")
    subprocess.run(["git", "add", "--all"], cwd=folder.root, check=True)
    bad = subprocess.run(hook, cwd=folder.root, env=environment, capture_output=True, text=True, check=False)

    assert good.returncode == 0, good.stdout + good.stderr
    assert bad.returncode == 1
    assert "seeds/three.txt:1: [seed-not-utf8] Byte 0 (0xFF) is not UTF-8." in bad.stdout
