"""A Hub of one's own for a test, and the real clients in processes of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import pytest
from tests.hub.double import Client, Forker, Hub, serving

NewHub = Callable[[], Hub]
ClientOf = Callable[[Hub, bool], Client]


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[NewHub]:
    """Empty Hubs, for a test that repeats the same against each; they stand until the test has ended."""
    hubs: list[Hub] = []
    with ExitStack() as stack:

        def make() -> Hub:
            hubs.append(stack.enter_context(serving(tmp_path / f"xet{len(hubs)}")))
            return hubs[-1]

        yield make
    assert [error for hub in hubs for error in hub.errors] == []


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    with closing(Forker()) as found:
        yield found


@pytest.fixture
def client_of(tmp_path: Path, forker: Forker) -> ClientOf:
    """A client of a Hub, with xet or without, at home in a folder of its own."""
    homes = count()

    def make(hub: Hub, xet: bool) -> Client:
        home = tmp_path / f"home{next(homes)}"
        home.mkdir()
        return Client.of(hub, home, forker, xet=xet)

    return make


@pytest.fixture
def hub_double(new_hub: NewHub) -> Hub:
    return new_hub()


@pytest.fixture(params=["lfs", "xet"])
def client(request: pytest.FixtureRequest, hub_double: Hub, client_of: ClientOf) -> Client:
    """Each of the two ways of large files in turn."""
    return client_of(hub_double, request.param == "xet")


@pytest.fixture
def lfs_client(hub_double: Hub, client_of: ClientOf) -> Client:
    return client_of(hub_double, False)


@pytest.fixture
def xet_client(hub_double: Hub, client_of: ClientOf) -> Client:
    return client_of(hub_double, True)
