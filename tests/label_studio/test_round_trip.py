"""Spans go out as predictions, are accepted in a real browser and come back as they went, whatever the text holds."""

import json
import re
from collections.abc import Iterator

from tests.label_studio.browser import annotator
from tests.label_studio.lead import Json, Lead
from variorum.inputs import read_corpus
from variorum.label_studio.assignment import Assignment
from variorum.label_studio.client import Server
from variorum.label_studio.push import material_of, push, with_predictions

SEED = (
    "\ufeffZoe\u0301 \U0001f600 and Caf\u00e9 \U0001f468\u200d\U0001f469\u200d\U0001f467 met Acme\u00a0Ltd in Berlin.\r\n"
    "\tDr. Li said \u201cno  more\u201d of it, said \u0645\u0631\u062d\u0628\u0627 \u200fAcme\u200f too.\r\n\r\n"
    "  After a blank line \U0001f1e9\U0001f1ea Acme\ufeffLies in <b>Bonn</b> &amp; K\u00f6ln.\r\nThe\u2028end\u200b comes.\r\n"
)
"""Combining marks, emoji, joined emoji, flags, CR LF, tabs, runs of blanks, right-to-left text and marks, no-break and
zero-width blanks, byte order marks at the head and inside, a line separator, what looks like HTML."""


def words(text: str) -> Iterator[Json]:
    """Every run of characters without blanks as a mention, without the marks at its edges."""
    for number, found in enumerate(re.finditer(r"\w(?:\S*\w)?", text)):
        value = {"start": found.start(), "end": found.end(), "text": found.group(), "labels": ["GPE"]}
        yield {"id": f"w{number}", "from_name": "entity_type", "to_name": "text", "type": "labels", "value": value}


def test_spans_come_back_as_they_went(lead: Lead) -> None:
    (lead.folder.seeds / "odd.txt").write_bytes(SEED.encode())
    assert lead.main("freeze")[0] == 0
    inputs = read_corpus(lead.folder)
    text = inputs.texts["odd"]
    material = with_predictions(material_of(inputs, ""), "words-1", lambda texts: (list(words(each)) for each in texts))
    server = Server(lead.studio.url, lead.studio.access.token)
    push(server, material, Assignment("documents", "round1", "a1"))
    server.close()

    with annotator(lead.studio.url) as a1:
        a1.sign_up(f"odd-{lead.name}")
        a1.open_task(lead.project, lead.tasks["odd"]["id"])
        a1.mark("1", "\U0001f600")
        a1.choose("B1")
        a1.submit()
    lead.pull()

    (task,) = [each for each in json.loads(lead.export.read_bytes()) if each["data"]["document_id"] == "odd"]
    results = [each for each in task["annotations"][0]["result"] if each["from_name"] == "entity_type"]
    back = {each["id"]: (each["value"]["start"], each["value"]["end"], each["origin"]) for each in results}
    sent = {each["id"]: (each["value"]["start"], each["value"]["end"], "prediction") for each in words(text)}
    assert len(sent) > 25
    assert {id_: span for id_, span in back.items() if id_ in sent} == sent
    (drawn,) = [span for id_, span in back.items() if id_ not in sent]
    assert (text[drawn[0] : drawn[1]], drawn[2]) == ("\U0001f600", "manual")
    assert task["data"]["text"] == text
