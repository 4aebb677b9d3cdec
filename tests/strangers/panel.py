"""All mutants on the disk, and what every tool and ``gonogo verify`` say of each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gonogo_evidence.index import from_envelope, sigstore_bundle
from gonogo_evidence.index import proof as proofs
from strangers import libraries, node, programs
from strangers.changes import CHANGES
from strangers.forgeries import FORGERIES, FORMER
from strangers.insiders import INSIDERS, made
from strangers.look import ENTRY, PROOF, Brought
from strangers.table import TOOLS, Answer, Row, sha256
from support.logs import signer, trusted_root
from support.packs import PACK_ID, copy_pack
from support.whole import ENGINE_KEY, OTHER_ID, SIGNERS, VKEY, Whole, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

GOOD = "the good pack"
HONEST = "an insider's pack without a lie"
"""Made by the same hand as the packs of ``insiders``: what is refused there is the lie, not the hand."""
IN_PYTHON: Mapping[str, Callable[[Path, Brought], Answer]] = {
    "ssh-keygen": programs.ssh_keygen,
    "openssl": programs.openssl,
    "sha256sum": programs.sha256sum,
    "rfc8785": libraries.canonical,
    "pymerkle-root": libraries.root,
    "pymerkle-inclusion": libraries.inclusion,
    "securesystemslib": libraries.securesystemslib,
}


@dataclass(frozen=True)
class Panel:
    """The packs by their mutant's name, the good one among them, and what was said."""

    packs: Mapping[str, Path]
    rows: Mapping[str, Row]
    """What was found of each, without the words of why."""
    node: Mapping[str, Any]
    """The two npm packages in their own words."""
    bundle: Mapping[str, Any]
    """The good pack's entry as ``gonogo_evidence.index.sigstore`` gives it."""


def names() -> list[str]:
    """The names of all mutants, each once."""
    found = [*CHANGES, *FORGERIES, *INSIDERS]
    assert len(set(found)) == len(found)
    return found


def panel(place: Path, modules: Path) -> Panel:
    """Make all of them below ``place`` and ask everybody; ``modules`` is the folder of the npm packages."""
    good = whole_pack(place / "good").folder
    other = whole_pack(place / "other", OTHER_ID, run_reason="another").folder
    with (good.parent / SIGNERS).open("a") as file:
        file.write(FORMER)
    packs = {GOOD: good, **_mutants(place, good, other)}
    own = {HONEST, *INSIDERS}
    brought = {name: _brought(good.parent, pack if name in own else good) for name, pack in packs.items()}
    bundle = template(good)
    asked = {name: (pack, brought[name]) for name, pack in packs.items()}
    said = node.ask(modules, asked, bundle, trusted_root(signer().verifier))
    rows: dict[str, Row] = {}
    for name, (pack, mine) in asked.items():
        answers = {tool: ask(pack, mine) for tool, ask in IN_PYTHON.items()} | node.vector(said[name])
        report = Whole(pack).gonogo()
        codes = {check.code for check in report.checks if check.limit or check.verdict == "FAIL"}
        rows[name] = Row(report.exit_code, {tool: answers[tool] for tool in TOOLS}, tuple(sorted(codes)))
    return Panel(packs, rows, said, bundle)


def template(good: Path) -> dict[str, Any]:
    """The good pack's entry as a Sigstore bundle."""
    proof = proofs.parse((good / PROOF).read_bytes())
    return sigstore_bundle(from_envelope((good / ENTRY).read_bytes(), proof.extra or b""), proof, signer().verifier)


def _mutants(place: Path, good: Path, other: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for number, (name, act) in enumerate((CHANGES | FORGERIES).items()):
        (place / f"{number}").mkdir()
        found[name] = copy_pack(good, place / f"{number}" / PACK_ID)
        act(found[name], other)
    for number, (name, make) in enumerate({HONEST: made, **INSIDERS}.items()):
        found[name] = make(place / f"insider-{number}")
    for pack in found.values():
        for file in (SIGNERS, ENGINE_KEY, VKEY):
            shutil.copyfile(good.parent / file, pack.parent / file)
    return found


def _brought(folder: Path, told: Path) -> Brought:
    return Brought(folder / SIGNERS, folder / ENGINE_KEY, sha256((told / "seal.json").read_bytes()))
