"""The table of rules against the code that names them."""

import re
from pathlib import Path

from variorum.rules import RULES


def test_every_rule_is_used_and_every_rule_used_is_known(repository: Path) -> None:
    sources = [path for path in (repository / "src").rglob("*.py") if path.name != "rules.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    rungs = {name.removeprefix("repair-") for name in RULES if name.startswith("repair-")}

    unused = {name for name in RULES if f'"{name}"' not in code and not name.startswith("repair-")}

    assert unused == set()
    assert all(f'"{rung}"' in code for rung in rungs)
    named = set(re.findall(r'finding\([^"()]*(?:\([^()]*\))?[^"()]*"([a-z0-9]+(?:-[a-z0-9]+)+)"', code))
    assert named
    assert named <= set(RULES)


def test_ids_are_kebab_case_and_texts_are_sentences() -> None:
    for name, rule in RULES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert rule.meaning.endswith(".")
        assert rule.hint.endswith((".", ")."))
        assert rule.level in ("error", "warning", "note")
