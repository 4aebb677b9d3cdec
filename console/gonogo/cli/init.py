"""``gonogo init``: enrol the signer in the local trust store; copy configuration files on request."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo.declared_gates import Wanted
    from gonogo_agents.sshkeys import KeyChoice
    from gonogo_graph.session import Session
    from gonogo_policies.trust import Enrolment


@click.command("init")
@click.option("--yes", is_flag=True, help=str(msg("do it without asking; needs --operator and --public-key")))
@click.option("--operator", metavar="PRINCIPAL", help=str(msg("your name as signer")))
@click.option("--public-key", type=click.Path(path_type=Path), metavar="FILE", help=str(msg("your public key")))
@click.option(
    "--gates",
    type=click.Choice(("base", "head")),
    help=str(msg("whose gates to enrol where the commit's are not its base's (default: ask)")),
)
@click.option("--write-config", is_flag=True, help=str(msg("also copy the packaged config/ files that are not there")))
@click.option(
    "--with-runbook-commands",
    is_flag=True,
    help=str(msg("write thin scripts at the runbook's paths, so that its evidence commands run as printed")),
)
@click.option(
    "--with-workflows",
    is_flag=True,
    help=str(msg("write GitHub workflows with the runbook's file and job names, as .gonogo/workflows.toml has it")),
)
@click.option("--remove", is_flag=True, help=str(msg("with one of the last two: take those files away again")))
@json_option
@repo_option
@pass_output
def command(  # noqa: PLR0913 - one argument an option of the command line
    output: Output,
    *,
    yes: bool,
    operator: str | None,
    public_key: Path | None,
    gates: str | None,
    write_config: bool,
    with_runbook_commands: bool,
    with_workflows: bool,
    remove: bool,
    repo: Path | None,
) -> None:
    """Enrol your existing public key. It shows what it writes and overwrites nothing."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.enrolment import offer_enrolment, settle_places  # noqa: PLC0415 - the same

    if remove and not (with_runbook_commands or with_workflows):
        raise click.UsageError(output.words(msg("--remove goes with --with-runbook-commands or --with-workflows.")))
    wanted = cast("Wanted | None", gates)
    with session_at(output, repo) as session:
        if with_runbook_commands:
            _runbook_commands(output, session, remove=remove)
            return
        if with_workflows:
            _workflows(output, session, remove=remove)
            return
        if yes or not output.interactive:
            written = _enrol(output, session, _given(output, operator, public_key), wanted)
        else:
            settle_places(output, session)
            written = offer_enrolment(output, session, wanted)
        if write_config:
            written += _copy_config(output, session)
    if not written:
        output.say(msg("Nothing to write."))
    output.result({"schema": "gonogo/init/v1", "written": written}, "")


def _runbook_commands(output: Output, session: Session, *, remove: bool) -> None:
    """Scripts at the runbook's paths; nobody is enrolled by that."""
    from gonogo import runbook_commands  # noqa: PLC0415 - see command

    root = session.repository.root
    _say_files(output, (runbook_commands.remove if remove else runbook_commands.write)(root), remove=remove)


def _workflows(output: Output, session: Session, *, remove: bool) -> None:
    """Workflows; what is not ours is shown as a difference and stays."""
    from gonogo import workflows  # noqa: PLC0415 - see command

    root = session.repository.root
    places = workflows.look(root, workflows.read_settings(root))
    if remove:
        _say_files(output, workflows.remove(places), remove=True)
        return
    for place in places:
        if place.kind in {"foreign", "kept", "old"}:
            _difference(output, place.path, place.before, place.data)
        if place.kind == "kept":
            output.say(msg("{path} says something else and stays as it is.", path=str(place.path)))
    _say_files(output, workflows.write(places), remove=False)


def _say_files(output: Output, paths: Sequence[Path], *, remove: bool) -> None:
    changed = [str(path) for path in paths]
    for path in changed:
        output.say(msg("removed {path}", path=path) if remove else msg("wrote {path}", path=path))
    if not changed:
        output.say(msg("Nothing to remove.") if remove else msg("Nothing to write."))
    output.result({"schema": "gonogo/init/v1", "removed" if remove else "written": changed}, "")


def _enrol(output: Output, session: Session, given: tuple[str, KeyChoice], gates: Wanted | None) -> list[str]:
    from gonogo.declared_gates import choose, offered, say_commands  # noqa: PLC0415 - see command
    from gonogo.enrolment import carry_out, plan_enrolment  # noqa: PLC0415 - see command

    offer = offered(session)
    chosen = choose(output, offer, gates, ask=False)
    plan = plan_enrolment(session, *given, chosen)
    _show(output, plan)
    say_commands(output, offer, chosen)
    return carry_out(session, plan)


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
        _difference(output, change.path, change.before or b"", change.after)
    for path in plan.kept:
        output.say(msg("{path} says something else and stays as it is.", path=str(path)))


def _difference(output: Output, path: Path, before: bytes, after: bytes) -> None:
    from gonogo_agents.render.safe import plain  # noqa: PLC0415 - see command

    then, now = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    for line in difflib.unified_diff(then, now, str(path), str(path), lineterm="", n=1):
        output.say(msg("{line}", line=plain(line)))


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
