"""Asking a vulnerability service through pip-audit, and reading its JSON strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from gonogo_evidence.files import write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.dependencies.locks import sorted_in
from gonogo_policies.gates.tool_session import find_tool
from gonogo_policies.gates.verdicts import Stopped, bad_output
from gonogo_policies.gates.words import decode, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gonogo_policies.dependencies import Locked, Pin
    from gonogo_policies.gates.interface import CommandResult, GateContext
    from gonogo_policies.gates.tool_session import Session

CLEAN, FOUND = 0, 1
"""pip-audit's exit codes; it ends with 1 for its own faults, too."""
PATIENCE = "15"
"""Seconds that pip-audit waits for one answer of the service."""
COMPILED = {"PYTHONPYCACHEPREFIX": ""}
"""These programs do not lie in the work tree: they use the byte code that was installed with them."""
LISTING = (
    "import importlib.metadata as m, json; print(json.dumps([[d.metadata['Name'],"
    " d.version if d.read_text('direct_url.json') is None else ''] for d in m.distributions()]))"
)
"""What an interpreter has installed; no version for what came from elsewhere than an index."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """One vulnerability of one package."""

    id: str
    aliases: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was audited, by whom, and what was found; by name and version."""

    who: str
    audited: frozenset[Key]
    hits: Mapping[Key, tuple[Hit, ...]] = field(default_factory=dict[Key, tuple[Hit, ...]])


def ask_service(context: GateContext, session: Session, pins: Sequence[Pin]) -> Answer:
    """Audit exactly these pins.

    Raises:
        Stopped: GATE_TOOL_MISSING, GATE_TIMEOUT, GATE_CRASHED, GATE_OUTPUT, and GATE_SERVICE where the service gave no
            answer.
    """
    settings = context.settings.audit
    tool = find_tool("pip-audit", context)
    session.find_version(tool, COMPILED)
    asked = ["-s", settings.service, *(("--osv-url", settings.service_url) if settings.service_url else ())]
    asked += ["--timeout", PATIENCE, "--cache-dir", str(context.output / "cache")]
    form = ["-f", "json", "--desc", "off", "--aliases", "on", "--progress-spinner", "off"]
    told: dict[Key, tuple[Hit, ...]] = {}
    for file in _write(context.output, pins):
        argv = [tool, "--disable-pip", "--no-deps", *asked, *form, "-r", str(file)]
        told |= _answer(session.run(argv, expected={CLEAN, FOUND}, more=COMPILED), settings.service)
    who = f"pip-audit {session.version}, {settings.service_url or settings.service}"
    return Answer(who, frozenset(told), {key: hits for key, hits in told.items() if hits})


def _answer(done: CommandResult, service: str) -> dict[Key, tuple[Hit, ...]]:
    if done.code == FOUND and not done.stdout.strip():
        words = decode(done.stderr).strip().split("\n")[-1]
        raise Stopped(
            "GATE_SERVICE", msg("{service} gave no answer: {words}", service=service, words=plain(words, 200))
        )
    told = _read(done.stdout)
    if any(told.values()) != (done.code == FOUND):
        raise bad_output("pip-audit")
    return told


def installed(session: Session, python: str) -> Locked:
    """What an interpreter has installed, as pins. Raises Stopped as a session does."""
    done = session.run([python, "-I", "-c", LISTING], expected={0}, more=COMPILED)
    try:
        listed = json.loads(done.stdout)
        return sorted_in("", [(str(name), str(version), None) for name, version in listed])
    except (ValueError, TypeError) as error:
        raise bad_output(python) from error


def _write(folder: Path, pins: Sequence[Pin]) -> list[Path]:
    """Requirements files for pip-audit, which takes no two versions of one package in one run."""
    lanes: list[dict[str, Pin]] = []
    for pin in pins:
        lane = next((one for one in lanes if pin.name not in one), None)
        if lane is None:
            lanes.append(lane := {})
        lane[pin.name] = pin
    files = [folder / f"pins-{number}.txt" for number in range(1, len(lanes) + 1)]
    for file, lane in zip(files, lanes, strict=True):
        write_atomic(file, "".join(f"{pin.name}=={pin.version}\n" for pin in lane.values()).encode())
    return files


def _read(stdout: bytes) -> dict[Key, tuple[Hit, ...]]:
    try:
        return dict(one for entry in json.loads(stdout)["dependencies"] for one in _entry(entry))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise bad_output("pip-audit") from error


def _entry(entry: dict[str, Any]) -> Iterator[tuple[Key, tuple[Hit, ...]]]:
    """One package; nothing for what was skipped, whatever the reason."""
    if "skip_reason" in entry:
        return
    name, version = canonicalize_name(entry["name"]), entry["version"]
    try:
        key = (str(name), str(Version(version)))
    except InvalidVersion as error:
        raise ValueError(version) from error
    yield key, tuple(_hit(vuln) for vuln in cast("list[dict[str, Any]]", entry["vulns"]))


def _hit(vuln: dict[str, Any]) -> Hit:
    return Hit(
        plain(vuln["id"], 80),
        tuple(plain(one, 80) for one in sorted(vuln.get("aliases", ()))),
        tuple(plain(one, 80) for one in vuln.get("fix_versions", ())),
    )
