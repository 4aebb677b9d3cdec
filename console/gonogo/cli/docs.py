"""``gonogo docs``: mend what is certain in documents, and see link debt shrink or grow."""

from __future__ import annotations

import click

from gonogo.cli.docs_debt import baseline, trend
from gonogo.cli.docs_fix import fix
from gonogo_evidence.text import msg


@click.group("docs", help=str(msg("Documents: mend references for certain, and see link debt.")))
def command() -> None:
    """Hold the commands about documents."""


command.add_command(fix)
command.add_command(baseline)
command.add_command(trend)
