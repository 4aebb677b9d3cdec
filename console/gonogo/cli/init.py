"""``gonogo init``: enrol the signer in the local trust store; copy configuration files on request."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_agents.sshkeys import KeyChoice
    from gonogo_graph.session import Session
    from gonogo_policies.trust import Enrolment


@click.command("init")
@click.option("--yes", is_flag=True, help=str(msg("do it without asking; needs --operator and --public-key")))
@click.option("--operator", metavar="PRINCIPAL", help=str(msg("your name as signer")))
@click.option("--public-key", type=click.Path(path_type=Path), metavar="FILE", help=str(msg("your public key")))
@click.option("--write-config", is_flag=True, help=str(msg("also copy the packaged config/ files that are not there")))
@json_option
@repo_option
@pass_output
def command(
    output: Output, *, yes: bool, operator: str | None, public_key: Path | None, write_config: bool, repo: Path | None
) -> None:
    """Enrol your existing public key. It shows what it writes and overwrites nothing."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.enrolment import offer_enrolment, plan_enrolment  # noqa: PLC0415 - the same
    from gonogo_policies.trust import apply  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        written: list[str] = []
        if yes or not output.interactive:
            plan = plan_enrolment(session, *_given(output, operator, public_key))
            _show(output, plan)
            apply(plan)
            written = [str(change.path) for change in plan.changes]
        else:
            offer_enrolment(output, session)
        if write_config:
            written += _copy_config(output, session)
    if not written:
        output.say(msg("Nothing to write."))
    output.result({"schema": "gonogo/init/v1", "written": written}, "")


def _given(output: Output, operator: str | None, public_key: Path | None) -> tuple[str, KeyChoice]:
    from gonogo_agents.sshkeys import choice_from_file  # noqa: PLC0415 - see command

    if not operator or public_key is None:
        raise BadInput(
            "INIT_NEEDS_KEY",
            msg("Without a terminal, say who signs and with which public key."),
            next_step=msg("gonogo init --yes --operator NAME --public-key ~/.ssh/id_ed25519.pub"),
        )
    return operator, choice_from_file(output.world, public_key)


def _show(output: Output, plan: Enrolment) -> None:
    for change in plan.changes:
        before = (change.before or b"").decode("utf-8", "replace").splitlines()
        after = change.after.decode("utf-8", "replace").splitlines()
        for line in difflib.unified_diff(before, after, str(change.path), str(change.path), lineterm="", n=1):
            output.say(msg("{line}", line=line))


def _copy_config(output: Output, session: Session) -> list[str]:
    from gonogo_evidence.files import write_atomic  # noqa: PLC0415 - see command
    from gonogo_policies.packaged import packaged_config  # noqa: PLC0415 - see command

    packaged, target = packaged_config(), session.repository.root / "config"
    written: list[str] = []
    for source in sorted(packaged.rglob("*.toml")):
        place = target / source.relative_to(packaged)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place, source.read_bytes())
            written.append(str(place))
            output.say(msg("wrote {path}", path=str(place)))
    return written
