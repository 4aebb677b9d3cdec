"""A night as JSON, JUnit, SARIF and job summary: a suite or a run for each layer, a case for each gate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from gonogo.gate_formats import GateOutcome, Outcome
from gonogo.gate_formats.github import LARGEST, told_of
from gonogo.gate_formats.junit import fit, junit
from gonogo.gate_formats.sarif import sarif
from gonogo.nightly.compare import SCHEMA, changes, history, link_debt
from gonogo_agents.render.safe import code, markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.nightly.compare import NightThen, RunThen
    from gonogo.nightly.night import LayerNight, Night
    from gonogo_agents.texts import Translator
    from gonogo_evidence.verdict import Verdict

MOST_CHANGES = 50
LONGEST = 500
"""Characters of a reason in the summary."""


def document(night: Night, last: NightThen | None, signed: Mapping[str, RunThen], say: Translator) -> dict[str, Any]:
    """``night.json``; keys are only ever added."""
    asked, nights = night.asked, {one.layer_id: one for one in last.layers} if last else {}
    return {
        "schema": SCHEMA,
        "version": night.version,
        "commit": asked.commit,
        "base": asked.base,
        "mode": asked.mode,
        "reason": asked.reason,
        "operator": asked.operator,
        "started": night.started,
        "finished": night.finished,
        "milliseconds": night.milliseconds,
        "verdict": night.verdict,
        "exit_code": night.exit_code,
        "words": say(night.reason),
        "waiting": [one.run_id for one in night.layers if one.state == "WAITS"],
        "link_debt": link_debt(night),
        "notes": list(night.notes),
        "layers": [
            _layer(one, asked.commit, _since(nights.get(one.layer), one, asked.commit, say),
                   _since(signed.get(one.layer), one, asked.commit, say))
            for one in night.layers
        ],
        "history": [one.model_dump() for one in history(night, last)],
    }  # fmt: skip


def _since(then: RunThen | None, now: LayerNight, commit: str, say: Translator) -> dict[str, Any] | None:
    if then is None:
        return None
    told = [say(one) for one in changes(now, then, commit)]
    about = {"run_id": then.run_id, "commit": then.commit, "verdict": then.verdict, "core_digest": then.core_digest}
    return {**about, "decision": then.decision, "milliseconds": then.milliseconds, "changes": told[:MOST_CHANGES]}


def _layer(one: LayerNight, commit: str, night: dict[str, Any] | None, signed: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "layer_id": one.layer,
        "name": one.name,
        "state": one.state,
        "verdict": one.verdict,
        "reason": one.reason,
        "code": one.code,
        "exit_code": one.exit_code,
        "commit": commit,
        "run_id": one.run_id,
        "pack_id": one.pack_id,
        "pack_digest": one.pack_digest,
        "core_digest": one.core_digest,
        "recommendation": one.recommendation,
        "milliseconds": one.milliseconds,
        "handoff": {"file": one.handoff[0], "sha256": one.handoff[1]} if one.handoff else None,
        "gates": [
            {
                "name": gate.name,
                "hard": gate.hard,
                "verdict": gate.verdict,
                "checked": gate.checked,
                "unit": gate.unit,
                "findings": len(gate.findings),
                "milliseconds": gate.milliseconds,
                "reason": gate.reason,
            }
            for gate in one.gates
        ],
        "since_last_night": night,
        "since_last_signed": signed,
    }


def _outcome(one: LayerNight, night: Night) -> Outcome:
    """A layer as a look at its gates, its run the first of them: a run that broke off is no empty, green suite."""
    run = GateOutcome(
        name="run",
        hard=True,
        verdict=one.verdict,
        reason=one.reason,
        reason_code=one.code,
        checked=len(one.gates),
        unit="gates",
        milliseconds=one.milliseconds,
        findings=(),
        advice=(),
    )
    subject = f"{one.layer} {one.name}, {night.asked.commit[:12]}"
    verdict: Verdict = one.verdict if one.verdict != "NOT_APPLICABLE" else "INCONCLUSIVE"
    return Outcome(night.version, subject, verdict, one.reason, (run, *one.gates))


def night_junit(night: Night) -> str:
    """One suite a layer."""
    whole = ET.Element("testsuites", name="gonogo nightly")
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for one in night.layers:
        made = ET.fromstring(junit(_outcome(one, night)).encode("utf-8", "replace"))  # noqa: S314 - our own words
        suite = made[0]
        suite.set("name", fit(f"{one.layer} {one.name}"))
        for case in suite.iter("testcase"):
            case.set("classname", f"gonogo.{one.layer}")
        for name in counts:
            counts[name] += int(suite.get(name, "0"))
        whole.append(suite)
    for name, number in counts.items():
        whole.set(name, str(number))
    whole.set("time", f"{night.milliseconds / 1000:.3f}")
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, encoding="unicode") + "\n"


def night_sarif(night: Night) -> str:
    """One run a layer, each under an id of its own: the forge takes several runs of one tool only so."""
    runs: list[Any] = []
    whole: dict[str, Any] = {}
    for one in night.layers:
        if one.state == "FORBIDDEN":
            continue
        whole = json.loads(sarif(_outcome(one, night)))
        (run,) = whole["runs"]
        runs.append({**run, "automationDetails": {"id": f"gonogo-nightly/{one.layer}/"}})
    return json.dumps({**whole, "runs": runs}, indent=2, ensure_ascii=False) if runs else ""


def night_annotations(night: Night, say: Translator) -> str:
    """Workflow commands: what is open in any layer at its line; the same finding of two layers once."""
    looks = [_outcome(one, night) for one in night.layers if one.state != "FORBIDDEN"]
    return told_of(looks, f"gonogo nightly: {night.verdict}. {say(night.reason)}")


def night_summary(told: Mapping[str, Any]) -> str:
    """The job summary, Markdown, at most 1 MiB, from ``night.json``'s document."""
    rows = [
        "| layer | verdict | state | recommendation | why | since last night |",
        "|---|---|---|---|---|---|",
        *(_row(one) for one in told["layers"]),
    ]
    head = [f"### gonogo nightly: {told['verdict']}", "", markdown(told["words"]), ""]
    about = [f"Commit {code(told['commit'])}, {told['started']} to {told['finished']}.", ""]
    waits = ["", "Waiting for the operator:", "", *(_waits(one) for one in told["layers"] if one["state"] == "WAITS")]
    lines = [*head, *about, *rows, *(waits if told["waiting"] else []), *(f"\n{markdown(n)}" for n in told["notes"])]
    data = "\n".join(lines).encode()[: LARGEST - 1].decode("utf-8", "ignore")
    return data + "\n"


def _waits(one: Mapping[str, Any]) -> str:
    """One line of a list: the run, and where it was handed over the command that takes it up."""
    if not one["handoff"]:
        return f"- {code(one['run_id'])}"
    name = one["handoff"]["file"].rpartition("/")[2]
    command = f"gonogo handoff import {name} --digest sha256:{one['handoff']['sha256']}"
    return f"- {code(one['run_id'])}: {code(command)}"


def _row(one: Mapping[str, Any]) -> str:
    since = one["since_last_night"]
    told = "-" if since is None else markdown("; ".join(since["changes"][:5])[:LONGEST])
    return (
        f"| {one['layer_id']} {markdown(one['name'])} | {one['verdict']} | {one['state']} |"
        f" {one['recommendation'] or '-'} | {markdown(one['reason'][:LONGEST])} | {told} |"
    )
