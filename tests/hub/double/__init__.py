"""A double of the Hugging Face Hub on the loopback: the real clients speak to it, and it fails when a test says so.

The shapes of the wire are those that the clients in the lock file send and read. What they are spoken to is small: a
repository is a list of commits, each a full tree, and refs that point to them.
"""

from tests.hub.double.client import Client
from tests.hub.double.faults import Fault, Request
from tests.hub.double.forker import Forker
from tests.hub.double.hub import Hub
from tests.hub.double.server import serving
from tests.hub.double.state import Blob, Commit, Repo

__all__ = ["Blob", "Client", "Commit", "Fault", "Forker", "Hub", "Repo", "Request", "serving"]
