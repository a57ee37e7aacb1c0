"""How far everybody is, as a table and as JSON."""

import json
import re

from tests.label_studio.lead import Lead, level, mention

ONE = "Oslo said the bridge is safe. Marie Curie moved to Paris in 1891."


def test_status_says_who_has_done_what_and_what_is_wrong_with_it(lead: Lead) -> None:
    lead.push("--annotator", "a1", "--annotator", "a2")
    tasks = {name: task["id"] for name, task in lead.tasks.items()}
    spans = [mention(ONE, "Oslo", "ORG", "m1"), mention(ONE, "Paris", "GPE", "m2"), mention(ONE, "1891", "YEAR", "m3")]
    lead.studio.annotate(tasks["one"], [*spans, level()])
    lead.studio.draft(tasks["two"], [level()])

    code, output, errors = lead.run("status")

    assert (code, errors) == (0, "")
    output = re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d", "2026-11-22 10:00", output)
    assert output == (
        "assignment           done  empty  skipped  draft  to do  last change       errors  warnings\n"
        "documents/round1/a1  1     0      0        1      0      2026-11-22 10:00  1       0\n"
        "documents/round1/a2  0     0      0        0      2      never             0       0\n"
        "\n"
        "documents/round1/a1 entity_type: ORG 1, GPE 1, YEAR 1\n"
        "documents/round1/a1 reading_level: B1 1\n"
    )
    assert not lead.export.exists()

    first, second = json.loads(lead.run("status", "--format", "json")[1])
    assert first["assignment"] == {"project": "documents", "round": "round1", "annotator": "a1"}
    assert first["states"] == {"done": 1, "empty": 0, "skipped": 0, "draft": 1, "unseen": 0}
    assert (first["errors"], second["errors"], second["labels"], second["last_change"]) == (1, 0, {}, "")
    assert json.loads(lead.run("status", "--annotator", "a2", "--format", "json")[1]) == [second]
