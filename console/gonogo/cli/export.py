"""``gonogo export``: the six roles, the hook and the MCP server in the form of a chat host."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo.host_files import Change
    from gonogo_agents.prompts import Language

NAMES = ("cursor", "agents-md", "claude", "vscode", "paste")


@click.command("export")
@click.argument("hosts", nargs=-1, required=True, type=click.Choice(NAMES), metavar="HOST...")
@click.option("--check", is_flag=True, help=str(msg("write nothing; exit 1 where a file is not as exported")))
@click.option("--remove", is_flag=True, help=str(msg("take what was exported away again; foreign entries stay")))
@click.option("--prompts", type=click.Choice(("en", "de")), help=str(msg("language of the prompts")))
@json_option
@repo_option
@pass_output
def command(
    output: Output, *, hosts: tuple[str, ...], check: bool, remove: bool, prompts: str | None, repo: Path | None
) -> int:
    """Export role prompts, agents, hooks and MCP settings for a chat host. It shows what it changes."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.exporting import export_for, unshared  # noqa: PLC0415 - the same
    from gonogo.host_files import FOLDERS, carry_out, left_behind, plan, plan_removal  # noqa: PLC0415 - the same
    from gonogo_agents.hosts import HOSTS  # noqa: PLC0415 - the same

    if check and remove:
        raise click.UsageError(output.words(msg("--check and --remove do not go together.")))
    with session_at(output, repo) as session:
        root = session.repository.root
        language = cast("Language", prompts or output.language)
        export = export_for(session, language)
    files = list({file.path: file for host in hosts for file in HOSTS[host].files(export)}.values())
    if remove:
        changes = plan_removal(root, unshared(root, hosts, files, export))
    else:
        mine = [folder for folder in FOLDERS if any(file.path.startswith(f"{folder}/") for file in files)]
        changes = plan(root, files) + left_behind(root, files, mine)
    _show(output, root, changes)
    if not check:
        carry_out(root, changes)
    _say(output, root, changes, check=check)
    paths = [change.path.relative_to(root).as_posix() for change in changes]
    result = {"schema": "gonogo/export/v1", "hosts": list(hosts), "digest": export.digest, "changed": paths}
    output.result({**result, "checked": check, "drift": bool(check and paths)}, "")
    return 1 if check and changes else 0


def _show(output: Output, root: Path, changes: Sequence[Change]) -> None:
    from gonogo_agents.render.safe import plain  # noqa: PLC0415 - see command

    for change in changes:
        name = change.path.relative_to(root).as_posix()
        if change.before is None or change.after is None:
            continue  # a new file is its own diff
        before, after = (data.decode("utf-8", "replace").splitlines() for data in (change.before, change.after))
        for line in difflib.unified_diff(before, after, name, name, lineterm="", n=1):
            output.say(msg("{line}", line=plain(line)))


def _say(output: Output, root: Path, changes: Sequence[Change], *, check: bool) -> None:
    for change in changes:
        name = change.path.relative_to(root).as_posix()
        if check:
            output.say(msg("{path} is not as exported.", path=name))
        elif change.after is None:
            output.say(msg("removed {path}", path=name))
        else:
            output.say(msg("wrote {path}", path=name))
    if not changes:
        output.say(msg("Everything is as exported.") if check else msg("Nothing to change."))
