"""``gonogo mcp``: the MCP server for chat hosts, over standard input and output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.context import Output, pass_output, repo_option
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_agents.prompts import Language

ROLE = "GONOGO_ROLE"


@click.command("mcp")
@click.option("--role", metavar="ROLE", help=str(msg("play this role alone (default: GONOGO_ROLE)")))
@click.option("--prompts", type=click.Choice(("en", "de")), help=str(msg("language of the prompts")))
@repo_option
@pass_output
def command(output: Output, *, role: str | None, prompts: str | None, repo: Path | None) -> None:
    """Serve chat hosts: they take duties and hand in words. No tool of it can approve."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.exporting import prompt_of  # noqa: PLC0415 - the same
    from gonogo.version import __version__  # noqa: PLC0415 - the same
    from gonogo_agents.duty import ROLES  # noqa: PLC0415 - the same
    from gonogo_agents.texts import translator  # noqa: PLC0415 - the same
    from gonogo_graph.start import config_at  # noqa: PLC0415 - the same
    from gonogo_policies.packaged import packaged_config  # noqa: PLC0415 - the same

    mine = role or output.env.get(ROLE, "")
    if mine and mine not in ROLES:
        words = msg("There is no role {name}; there are {names}.", name=ascii(mine), names=", ".join(ROLES))
        raise BadInput("ROLE_UNKNOWN", words, where=ROLE, next_step=msg("Name one of them, or none."))
    try:
        from gonogo.mcp.server import serve  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        raise Inconclusive(
            "MCP_NOT_INSTALLED",
            msg("The MCP server needs a package that is not here ({name}).", name=str(error.name)),
            next_step=msg("Install gonogo with its extra: pip install 'gonogo[mcp]'"),
        ) from error
    from gonogo.mcp.desk import ChatDesk  # noqa: PLC0415 - as above

    language = cast("Language", prompts or output.language)
    with session_at(output, repo) as session:
        repository = session.repository
        config = config_at(repository, repository.resolve("HEAD"), session.places, packaged_config())
        texts = {name: prompt_of(config, name, language) for name in ROLES if name == mine or not mine}
        root = repository.root
    shown = {prompt.slug: (prompt.description, prompt.body) for prompt in texts.values()}
    desk = ChatDesk(output.world, Path(root), mine)
    serve(desk, translator(output.language), shown, __version__).run("stdio")
