"""``gonogo hook``: answered before click is imported (``gonogo.main``); this is its help and its place."""

from __future__ import annotations

import sys

import click

from gonogo.hook import HOSTS, main
from gonogo_evidence.text import msg


@click.command("hook", help=str(msg("Decide one tool call of a chat host: the event comes on standard input.")))
@click.argument("host", type=click.Choice(HOSTS))
def command(host: str) -> int:
    """Decide one event."""
    return main(["hook", host], sys.stdin, sys.stdout)
