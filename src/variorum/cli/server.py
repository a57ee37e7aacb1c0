"""How the verbs reach a Label Studio server, and what they say where they cannot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from variorum.cli.shared import RefusedError, extra

if TYPE_CHECKING:
    from variorum.folder import Folder
    from variorum.label_studio.client import Server
    from variorum.label_studio.server import Access

URL, TOKEN = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"  # the names of variables, no token


@contextmanager
def plainly() -> Iterator[None]:
    """Errors of servers and missing extras as one plain line."""
    with extra("label-studio"):
        from variorum.label_studio.client import ServerError

        try:
            yield
        except ServerError as error:
            raise RefusedError(str(error)) from error


def connect(folder: Folder) -> Server:
    """The server that the environment names, or else the one that `serve` made for this corpus."""
    from variorum.label_studio.client import Server

    access = access_of(folder)
    if access is None:
        hint = f"Start one with `variorum label-studio serve`, or set {URL} and {TOKEN}."
        raise click.UsageError(f"There is no Label Studio for this corpus yet. {hint}")
    server = Server(access.url, access.token)
    click.get_current_context().call_on_close(server.close)
    return server


def connect_to(url: str) -> Server:
    """The server at an address, with the token that the environment has."""
    from variorum.label_studio.client import Server

    if not (token := os.environ.get(TOKEN)):
        raise click.UsageError(f"Set {TOKEN} to a token of {url}. Make one there under Account & Settings.")
    server = Server(url, token)
    click.get_current_context().call_on_close(server.close)
    return server


def access_of(folder: Folder) -> Access | None:
    """The server and token that the environment names, or else those of the server that `serve` made; None without either."""
    from variorum.label_studio.server import Access, local_access

    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    if url and not token:
        raise click.UsageError(f"{URL} is set and {TOKEN} is not. Make a token under Account & Settings.")
    return Access(url, token) if url and token else local_access(folder)
