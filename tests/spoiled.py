"""Values as JSON has them with one thing wrong, for tests of what is read carefully and of what is read fast."""

import random
from collections.abc import Container, Iterator, Sequence
from copy import deepcopy
from typing import Any


def spoil(value: Any, chance: random.Random, odd: Sequence[Any], but: Container[str] = ()) -> None:
    """Changes one value somewhere: an odd one, none, twice, or that of its like elsewhere. Fields of the names `but` stay."""
    places = [place for place in _places(value) if place[1] not in but or isinstance(place[0], list)]
    if not places:
        return
    holder, key = chance.choice(places)
    match chance.randrange(4):
        case 0:
            holder[key] = chance.choice(odd)
        case 1:
            del holder[key]
        case 2 if isinstance(holder, list):
            holder.insert(chance.randrange(len(holder) + 1), deepcopy(holder[key]))
        case _:
            other, own = chance.choice([place for place in places if place[1] == key and isinstance(place[0], type(holder))])
            holder[key] = deepcopy(other[own])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a value: what holds it, and its key or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in items:
        yield value, key
        yield from _places(held)
