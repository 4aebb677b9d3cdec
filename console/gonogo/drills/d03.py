"""D03 Evidence pack completeness: which packs hold, which do not, and why; nothing of them is ever mended by hand."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from gonogo.attacks.keys import ThrowAwayKey
from gonogo.drills.interface import Drill, Look, holds, overlap
from gonogo_evidence.ep_dispatch import validate
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted, Verdict

REPORT, SIGNERS, SUMS = "validator_report.txt", "allowed_signers", "SHA256SUMS"
PACKS, QUARANTINE = "packs", "quarantine"
NAMESPACE = "gonogo-drill"
FAULTS: Mapping[str, tuple[str, ...]] = {
    "missing-field": ("git_ref", "run_reason", "operator_id"),
    "wrong-name": ("EVP-4B>pack-4B", "EVP-4B>EVP_4B", "M2>M3"),
    "wrong-digest": ("12", "47", "81"),
    "wrong-schema-version": ("2.0", "1.0", "v1"),
    "forged-signer": ("",),
}
"""Each fault, and the ways in which it shows."""
COUNT = 6


def draw(dice: Dice, difficulty: int) -> Planted:
    """Which pack has which fault, and how it looks; how many have one is not told by the difficulty."""
    faults = dice.some(list(FAULTS), difficulty + dice.below(2))
    kinds = dice.some([*faults, *["ok"] * (COUNT - len(faults))], COUNT)
    return {
        "kinds": kinds,
        "ways": [dice.pick(FAULTS.get(kind, ("",))) for kind in kinds],
        "days": [str(20260101 + dice.below(14) + 14 * (number == COUNT - 1)) for number in range(COUNT)],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """Six signed packs with their sums; some have one fault each."""
    folder = bench.folder / PACKS
    folder.mkdir()
    (bench.folder / QUARANTINE).mkdir()
    signer, stranger = ThrowAwayKey(), ThrowAwayKey()
    (bench.folder / SIGNERS).write_text(
        f'evidence-desk namespaces="{NAMESPACE}" {signer.public.line}\n', encoding="utf-8"
    )
    sums, planted = list[str](), dict[str, list[str]](verdicts=[], good=[], bad=[])
    for number, (fault, way, day) in enumerate(zip(drawn["kinds"], drawn["ways"], drawn["days"], strict=True)):
        pack = _pack(f"L{number % 5}", int(day), number)
        name = f"{pack['evidence_pack_id']}.json"
        if fault == "missing-field":
            del pack[way]
        if fault == "wrong-schema-version":
            pack["schema_version"] = way
        if fault == "wrong-name":
            right, _, wrong = way.partition(">")
            name = name.replace(right, wrong)
        data = _bytes(pack)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}")
        if fault == "wrong-digest":
            data = _bytes(pack | {"description": f"Revised by hand, {way} lines."})
        (folder / name).write_bytes(data)
        key = stranger if fault == "forged-signer" else signer
        (folder / f"{name}.sig").write_bytes(key.sign(data, NAMESPACE))
        planted["verdicts"].append(f"{name}: {fault}")
        planted["good" if fault == "ok" else "bad"].append(f"{hashlib.sha256(data).hexdigest()} {name}")
    (folder / SUMS).write_text("\n".join(sums) + "\n", encoding="utf-8")
    return {**drawn, **planted, "sums": [hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()]}


def _pack(layer: str, date: int, number: int) -> dict[str, Any]:
    """A single-file pack that holds all that the runbook requires."""
    day = f"{date // 10000}-{date // 100 % 100:02}-{date % 100:02}"
    return {
        "schema_id": "evidence_pack",
        "schema_version": "1.0.0",
        "pack_id": f"drill-{number}",
        "evidence_pack_id": f"EVP-4B-M2-{layer}-{date}",
        "phase_id": "Phase4B-M2",
        "creation_timestamp": f"{day}T10:00:00+00:00",
        "registry_version": "1.0",
        "layer_id": layer,
        "autonomy_level": "REC",
        "description": f"DRILL, not production: the evidence of {layer}.",
        "git_ref": f"{number:040x}",
        "run_reason": "drill",
        "operator_id": "drill",
        **dict.fromkeys(("scope", "model_id", "model_profile", "capability_scope"), "drill"),
        **{name: {"drill": True} for name in ("preflight_snapshot", "inventory", "run_plan", "validator_report")},
        "run_manifest": dict.fromkeys(("inputs", "versions", "seed", "time", "machine"), "drill"),
    }


def _bytes(pack: dict[str, Any]) -> bytes:
    return (json.dumps(pack, indent=2) + "\n").encode()


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the report, and at which bytes lie where."""
    packs, apart = (_held(bench.folder / place) for place in (PACKS, QUARANTINE))
    good, bad = set(planted["good"]), set(planted["bad"])
    away, left = bad & apart, {one.split()[0] for one in packs} & {one.split()[0] for one in bad}
    there = good & packs
    failing = [path.name for path in sorted((bench.folder / PACKS).glob("*.json")) if not _valid(path)]
    sums = _digest(bench.folder / PACKS / SUMS) == planted["sums"][0]
    moved: Verdict = "PASS" if away == bad and not left else "PARTIAL" if away else "FAIL"
    lines = {
        " ".join(line.replace("`", "").replace(":", " : ").split()).replace(" : ", ": ") for line in bench.lines(REPORT)
    }
    return {
        "classified": overlap(planted["verdicts"], lines, REPORT),
        "quarantined": Look(moved, f"{len(bad)} packs in {QUARANTINE}/", f"{len(away)} packs", f"ls {QUARANTINE}"),
        "validator": holds(
            not failing,
            f"gonogo evidence validate {PACKS}/NAME",
            expected="every pack left is valid and has its name",
            actual=f"{len(failing)} are not",
        ),
        "good-kept": holds(
            there == good,
            f"(cd {PACKS} && sha256sum -c {SUMS})",
            expected=f"{len(good)} sound packs in {PACKS}/, unchanged",
            actual=f"{len(there)} sound packs",
        ),
        "evidence-kept": holds(
            bad <= (apart | packs) and sums,
            f"sha256sum {PACKS}/* {QUARANTINE}/*",
            expected="faulty packs and the sums are as they were found",
            actual=f"{len(bad & (apart | packs))} of {len(bad)} faulty packs, sums {'as found' if sums else 'changed'}",
        ),
    }


def _held(folder: Path) -> set[str]:
    return {f"{_digest(path)} {path.name}" for path in folder.glob("*.json")}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _valid(path: Path) -> bool:
    try:
        named = path.is_file() and json.loads(path.read_bytes())["evidence_pack_id"] == path.stem
        return named and validate(path).exit_code == 0
    except (GonogoError, OSError, ValueError, KeyError, TypeError):
        return False


D03 = Drill(
    drill_id="D03",
    name=msg("Evidence Pack Completeness"),
    objective=msg(
        "Tell sound evidence packs from faulty ones, name each fault, and set the faulty ones apart unchanged."
    ),
    preconditions=msg("gonogo, sha256sum and ssh-keygen are installed."),
    task=(
        msg(
            "packs/ holds six packs, SHA256SUMS, and a signature for each (NAME.sig, namespace"
            " gonogo-drill, signer evidence-desk)."
        ),
        msg(
            "Check each: gonogo evidence validate FILE · its digest in SHA256SUMS · its name"
            " (evidence_pack_id + .json) · its signer."
        ),
        msg(
            "Write one line for each into validator_report.txt in the drill's folder:  NAME:"
            " VERDICT  where VERDICT is one of"
        ),
        msg("  ok, missing-field, wrong-name, wrong-digest, wrong-schema-version, forged-signer"),
        msg(
            "Then move the faulty packs into quarantine/, byte for byte. Nothing in a pack is"
            " mended, nothing sound is moved."
        ),
    ),
    criteria={
        "classified": msg("each pack has its verdict"),
        "quarantined": msg("the faulty packs are set apart"),
        "validator": msg("every pack that is left is valid and has its name"),
        "good-kept": msg("the sound packs are where they were, unchanged"),
        "evidence-kept": msg("the faulty packs and the sums are as they were found"),
    },
    minutes=15,
    hints=(
        msg("A pack that validates can still be the wrong one: cd packs && sha256sum -c SHA256SUMS"),
        msg("ssh-keygen -Y verify -f allowed_signers -I evidence-desk -n gonogo-drill -s packs/NAME.sig < packs/NAME"),
        msg("The name of the file is its evidence_pack_id: compare them."),
    ),
    debrief=msg(
        "Form, digest, name and signer are four questions, and no answer to one answers"
        " another. Faulty evidence is kept"
        " as it was found."
    ),
    draw=draw,
    plant=plant,
    judge=judge,
)
