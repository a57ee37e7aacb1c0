"""Which entity a mention belongs to."""

from collections.abc import Mapping

import msgspec

from variorum.tellings.entity_clusters import EntityClusters, Named, check_mentions, read_entity_clusters


def clusters(*lines: Mapping[str, object]) -> EntityClusters:
    found, findings = read_entity_clusters(b"\n".join(map(msgspec.json.encode, lines)), "clusters")
    assert findings == []
    return found


def mention(text: str, start: int = 0, type_: str = "GPE", story: str = "s") -> Named:
    return Named("one", story, start, start + len(text), text, type_)


OSLO = {"cluster_id": "oslo", "type": "GPE", "name": "Oslo", "forms": ["Oslo", "Christiania"]}


def test_forms_mean_an_entity_of_their_type_in_the_stories_it_is_of() -> None:
    found = clusters(OSLO, {"cluster_id": "club", "type": "ORG", "name": "Oslo FC", "forms": ["Oslo"], "stories": ["cup"]})

    def of(type_: str = "GPE", story: str = "s") -> list[str]:
        return [line.cluster.cluster_id for line in found.of(mention("Oslo", 0, type_, story))]

    assert of() == ["oslo"]
    assert of(type_="ORG") == []
    assert of(type_="ORG", story="cup") == ["club"]
    assert of(type_="PERSON") == []


def test_a_mention_named_by_its_place_belongs_there_whatever_it_reads() -> None:
    found = clusters(OSLO, {"cluster_id": "minnesota", "type": "GPE", "name": "Oslo, Minnesota", "mentions": ["one:7-11"]})

    assert [found.of(mention("Oslo", start))[0].cluster.cluster_id for start in (0, 7)] == ["oslo", "minnesota"]


def test_mentions_are_held_against_their_clusters() -> None:
    found = clusters(OSLO, {"cluster_id": "curie", "type": "PERSON", "name": "Curie", "mentions": ["one:7-11"]})
    mentions = [mention("Oslo"), mention("Rome", 7), mention("Bonn", 20), mention("1891", 30, "DATE")]

    told = [(str(each.where), each.rule) for each in check_mentions(found, mentions, "clusters")]

    assert told == [("clusters:2", "cluster-two-types"), ("clusters", "mention-unclustered")]
