"""``gonogo doctor``: what is installed, what is really on, which configuration holds, what cannot be checked here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.configuration import Found, find, origin_words
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.diagnosis import ISOLATED, NOT_CHECKED, Diagnosis, Item, diagnose
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo.cli.context import Colour
    from gonogo_agents.confine import Level
    from gonogo_policies.config.gates import Gate

SCHEMA = "gonogo/doctor/v1"
SOMETHING_MISSING = 3
MARKS: dict[str, tuple[Text, Colour]] = {
    "ok": (msg("ok"), "green"),
    "missing": (msg("missing"), "red"),
    "limit": (msg("limit"), "yellow"),
}


@click.command(
    "doctor", help=str(msg("What is installed, what is really on, which configuration holds, what cannot be checked."))
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    type=click.Choice(("cursor", "agents-md", "claude", "vscode", "paste")),
    help=str(msg("also check what was exported for this chat host; repeat it for more")),
)
@json_option
@repo_option
@pass_output
def command(output: Output, repo: Path | None, hosts: tuple[str, ...]) -> int:
    """Look around. Exits with 0, or 3 where something that is needed is missing."""
    diagnosis = diagnose(output.world, repo)
    config = _config(output, repo, diagnosis)
    not_known = [*NOT_CHECKED, *_hosts(output, repo, diagnosis, hosts)]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "verdict": "PASS" if diagnosis.complete else "INCONCLUSIVE",
        "isolation": _level(diagnosis),
        "layers": dict(diagnosis.seat.layers) if diagnosis.seat else {},
        "checks": [_entry(output, item) for item in diagnosis.items],
        "places": _places(diagnosis),
        "signers": _signers(diagnosis),
        "trust_files": dict(diagnosis.trust.origins) if diagnosis.trust else {},
        "files": config.files(output) if config else [],
        "notes": config.notes(output) if config else [],
        "gates": [_gate(gate) for gate in config.config.gates] if config else [],
        "not_checked": [output.words(text) for text in not_known],
    }
    output.result(document, "\n\n".join(_human(output, diagnosis, config, not_known)))
    return 0 if diagnosis.complete else SOMETHING_MISSING


def _hosts(output: Output, repo: Path | None, diagnosis: Diagnosis, hosts: Sequence[str]) -> list[Text]:
    """Look at what was exported for these hosts; returns what cannot be known about them."""
    if not hosts or diagnosis.repository is None:
        return []
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - only where a host is named
    from gonogo.host_checks import host_items, unknown  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        for host in hosts:
            diagnosis.items.extend(host_items(session, host, output.language))
    return list(dict.fromkeys(text for host in hosts for text in unknown(host)))


def _level(diagnosis: Diagnosis) -> Level:
    return diagnosis.seat.level if diagnosis.seat else "none"


def _config(output: Output, repo: Path | None, diagnosis: Diagnosis) -> Found | None:
    """The configuration; what is wrong with it is one more thing that was found."""
    try:
        return find(output, repo if diagnosis.repository is not None else None)
    except GonogoError as error:
        words = msg("{code} in {where}: {what}", code=error.code, where=error.where, what=output.words(error.what))
        diagnosis.items.append(Item("configuration", "missing", words, error.next_step))
        return None


def _entry(output: Output, item: Item) -> dict[str, str | None]:
    step = output.words(item.next_step) if item.next_step else None
    return {"id": item.id, "state": item.state, "text": output.words(item.text), "next": step}


def _places(diagnosis: Diagnosis) -> dict[str, str]:
    if diagnosis.places is None or diagnosis.repository is None:
        return {}
    trust = diagnosis.places.config_home / "gonogo" / "trust" / diagnosis.places.repository_id
    root = str(diagnosis.repository.root)
    return {"repository": root, "state": str(diagnosis.places.state), "trust": str(trust)}


def _signers(diagnosis: Diagnosis) -> list[dict[str, str]]:
    signers = diagnosis.trust.signers if diagnosis.trust else ()
    return [{"principal": signer.principal, "key": signer.key.fingerprint} for signer in signers]


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "kind": gate.kind,
        "hard": gate.hard,
        "origin": gate.origin,
        "enrolled": gate.enrolled,
        "argv": list(gate.argv),
    }


def _human(output: Output, diagnosis: Diagnosis, config: Found | None, not_known: Sequence[Text]) -> list[str]:
    parts = ["\n".join(_line(output, item) for item in diagnosis.items), output.words(ISOLATED[_level(diagnosis)])]
    if config is not None:
        gates = "\n".join(f"  {_gate_words(output, gate)}" for gate in config.config.gates)
        parts += [output.words(msg("Gates")) + f":\n{gates}", origin_words(output, config)]
    unknown = "\n".join(f"  {output.words(text)}" for text in not_known)
    return [*parts, output.words(msg("Cannot be checked here")) + f":\n{unknown}"]


def _line(output: Output, item: Item) -> str:
    word, colour = MARKS[item.state]
    mark = output.paint(f"{output.words(word):<8}", colour)
    step = f"\n{'':10}{output.words(item.next_step)}" if item.next_step else ""
    return f"{mark}  {output.words(item.text)}{step}"


def _gate_words(output: Output, gate: Gate) -> str:
    match gate.kind:
        case "unbuilt":
            words = msg("{gate}: not built in this version", gate=gate.name)
        case "command" if gate.enrolled:
            words = msg("{gate}: runs {command}", gate=gate.name, command=" ".join(gate.argv))
        case "command":
            words = msg("{gate}: no command is enrolled, so none is run", gate=gate.name)
        case _:
            words = msg("{gate}: built in", gate=gate.name)
    return output.words(words)
