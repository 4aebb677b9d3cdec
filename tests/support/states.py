"""Realistic states of a run for tests, as plain JSON: ``inputs`` and the nine duties' results.

    state = sample_state()                                        # a Python change on L0, smoke, all green
    state = sample_state(change=change_of("docs/a.md"))           # another change: plan, execution and review follow it
    state = sample_state(gates=[gate("Lint Gate", "FAIL")])       # verdicts that depend on it follow
    state = sample_state(skip_after="preflight_snapshot", preflight_snapshot=result("FAIL", ...))

Plan, execution, risk review and recommendation are made by the real duties, so that a state always hangs together.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

from gonogo_agents.duties.execute import execute
from gonogo_agents.duties.recommend import recommend
from gonogo_agents.duties.risk_review import risk_review
from gonogo_agents.duties.scope_plan import scope_plan
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_agents.duty import Result
    from gonogo_evidence.ids import JSON, JSONObject

HEAD, BASE, ROOT = "5d3c0fe1a7" * 4, "0b57a11e42" * 4, "9f8e7d6c5b" * 4
PACK_ID = "EVP-4BM2-L0-20260109-001"
PACK_DIGEST = "c0ffee00" + "d1" * 28
CORE_DIGEST = "0b5e55ed" + "a2" * 28
DUTIES = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation")


class FakeAsk:
    """A broker for tests: answers ``git.query`` and ``evidence.append``, keeps what was appended, refuses the rest."""

    def __init__(self, change: JSON = None, **answers: JSON) -> None:
        self.change = change
        self.answers: dict[str, JSON] = {"run.refusals": [], **answers}
        self.appended: dict[str, Mapping[str, JSON]] = {}
        self.asked: list[str] = []

    def __call__(self, verb: str, /, **arguments: JSON) -> JSON:
        """Answer as the broker does, or refuse."""
        self.asked.append(verb)
        if verb == "git.query" and arguments.get("query") == "change" and self.change is not None:
            return self.change
        if verb == "evidence.append":
            return self._append(arguments)
        if verb in self.answers:
            return self.answers[verb]
        raise Refused("SCOPE_DENIED", msg("The role has no right to {verb}.", verb=verb))

    def _append(self, arguments: Mapping[str, JSON]) -> JSON:
        data = dumps(arguments["content"])
        path = f"data/{arguments['path']}"
        self.appended[path] = arguments
        kept = {name: arguments[name] for name in ("media_type", "determinism")}
        return {"path": path, "sha256": digest_of(data), "size": len(data), **kept}


def changed(path: str, status: str = "M", **more: JSON) -> dict[str, JSON]:
    """One changed file as ``git.query`` tells it."""
    gone = status == "D"
    entry: dict[str, JSON] = {
        "path": path,
        "old_path": None,
        "status": status,
        "added": 0 if gone else 12,
        "deleted": 30 if gone else 3,
        "blob": None if gone else digest_of(path.encode())[:40],
        "mode": "100644",
    }
    return {**entry, **more}


def change_of(*files: str | Mapping[str, JSON], base: str | None = BASE, rule: str = "first-parent") -> JSONObject:
    """A change over some files; a bare path is a modified text file."""
    listed = [changed(file) if isinstance(file, str) else file for file in files]
    return {"base": base, "rule": rule, "commit": HEAD, "files": listed, "count": len(listed)}


CHANGE = change_of("src/app/core.py", "tests/test_core.py", "docs/guide.md")


def sample_inputs(**changes: JSON) -> dict[str, JSON]:
    """The frozen inputs of a smoke run on L0."""
    inputs: dict[str, JSON] = {
        "schema": "gonogo/inputs/v1",
        "layer_id": "L0",
        "layer_name": "Ops/Docs",
        "scope": "Ops/Docs",
        "capability_scope": "L0_ops_docs",
        "autonomy_level": "REC",
        "model_id": "gpt-5.2",
        "model_profile": "ops_docs",
        "critic_model_id": "deepseek-r1",
        "fallback_model_ids": ["gpt-5-mini"],
        "run_reason": "release readiness",
        "operator_id": "operator@example.org",
        "git_ref": HEAD,
        "commit_time": "2026-01-09T09:58:01Z",
        "base": BASE,
        "base_rule": "first-parent",
        "seed": None,
        "dataset_snapshot_id": None,
        "mode": "smoke",
        "driver": "auto",
        "phase_id": "4BM2",
        "registry_version": "1.0",
        "matrix_version": "v1.0",
        "selection_reasons": [words(msg("{model} is the primary model of {layer}.", model="gpt-5.2", layer="L0"))],
        "config": {"gates.toml": {"sha256": digest_of(b"gates"), "origin": "packaged"}},
        "locks": {"requirements/dev.txt": digest_of(b"locks")},
        "root_commit": ROOT,
        "commit_authors": ["Ada Example <ada@example.org>"],
        "scope_limits": {
            "inputs_allowed": ["docs/**", "**/*.md", "config/**"],
            "inputs_forbidden": ["config/live/**"],
            "outputs_allowed": ["RunbookPatch", "OperatorNote"],
            "outputs_forbidden": ["CodePatch", "LiveToggle"],
            "tooling_allowed": ["files"],
            "tooling_forbidden": ["shell", "web"],
        },
        "guardrails": {
            "live": ["config/live/**"],
            "execution": ["src/execution/**"],
            "trust": ["config/signoff.toml", ".gonogo/**"],
            "secret": ["**/*.pem", "**/secrets/**"],
        },
    }
    return {**inputs, **changes}


def words(text: Text) -> JSON:
    """A sentence as it is stored."""
    return cast("JSON", text.json())


def a_check(name: str, verdict: Verdict = "PASS", *, hard: bool = True, text: str = "Looked at.") -> JSONObject:
    """One check."""
    said = words(msg("{words}", words=text))
    return {"id": name, "hard": hard, "verdict": verdict, "basis": "measured", "text": said, "pointers": []}


def gate(name: str = "Lint Gate", verdict: str = "PASS", **more: JSON) -> dict[str, JSON]:
    """One gate's result."""
    said = {
        "PASS": msg("Looked at 3 files, found nothing."),
        "FAIL": msg("Looked at 3 files, found faults."),
        "INCONCLUSIVE": msg("{tool} is not installed.", tool="the tool"),
        "NOT_APPLICABLE": msg("No changed file is in a trigger group."),
    }[verdict]
    fault: JSONObject = {
        "path": "src/app/core.py",
        "line": 7,
        "code": "F401",
        "message": "unused import",
        "fingerprint": "ab",
    }
    findings: list[JSON] = [fault] if verdict == "FAIL" else []
    looked = verdict in {"PASS", "FAIL"}
    result: dict[str, JSON] = {
        "name": name,
        "step": "E",
        "hard": True,
        "verdict": verdict,
        "checked": 3 if looked else 0,
        "unit": "files",
        "read_change": looked,
        "findings": findings,
        "findings_count": len(findings),
        "reason": words(said),
        "reason_code": None,
        "trigger": words(msg("python: {globs}", globs="**/*.py")),
        "files": ["src/app/core.py"],
        "files_count": 1,
    }
    return {**result, **more}


GATES = (
    gate("schema", unit="fields", read_change=False, checked=2),
    gate("required-fields", unit="fields", read_change=False, checked=14),
    gate("Lint Gate"),
    gate("tests (3.11)", unit="tests", checked=212),
    gate("audit", "NOT_APPLICABLE"),
)


def result(verdict: Verdict = "PASS", observed: JSONObject | None = None, **value: JSON) -> JSONObject:
    """What a duty handed back."""
    return {"verdict": verdict, "value": value, "observed": observed or {}}


def skipped_result(step: str = "A", duty: str = "preflight", verdict: str = "FAIL") -> JSONObject:
    """A duty that a failure skipped."""
    reason = msg("Not done: step {step} ({duty}) was {verdict}.", step=step, duty=duty, verdict=verdict)
    return {"verdict": "INCONCLUSIVE", "value": {"skipped": True, "reason": words(reason)}, "observed": {}}


def sample_state(**changes: JSON) -> dict[str, JSON]:
    """A run's whole state.

    Keywords: ``change`` (see :func:`change_of`), ``gates`` (results of :func:`gate`), ``desk`` (keys to replace in the
    desk), ``skip_after`` (a duty's field: what follows, up to 6, is skipped), or any field to put in place of its own.
    """
    change = cast("JSONObject", changes.pop("change", CHANGE))
    gates = cast("Sequence[JSON]", changes.pop("gates", list(GATES)))
    desk = cast("JSONObject", changes.pop("desk", {}))
    skip_after = cast("str | None", changes.pop("skip_after", None))
    ask = FakeAsk(change)
    state: dict[str, JSON] = {"inputs": changes.pop("inputs", sample_inputs(base=change["base"]))}

    def put(field: str, made: JSON) -> None:
        done = skip_after is None or field not in DUTIES or DUTIES.index(field) <= DUTIES.index(skip_after)
        state[field] = changes.pop(field, made if done else skipped_result())

    put("preflight_snapshot", _preflight(desk))
    put("inventory", result(facts=[], counts={}, absent=[], checks=[a_check("B-SCHEMA"), a_check("B-POINTERS")]))
    put("scope_plan", _public(scope_plan(state, ask)))
    put("gate_plan", result(gates=[{"name": one["name"]} for one in map(_object, gates)], checks=[a_check("C-GATES")]))
    put("execution", _public(execute(state, ask)))
    put("validation", validation_of(gates))
    put("pack", _pack())
    put("risk_review", _public(risk_review(state, ask)))
    put("recommendation", _public(recommend(state, ask)))
    return {**state, **changes}


def _object(value: JSON) -> JSONObject:
    return cast("JSONObject", value)


def _preflight(desk: JSONObject) -> JSONObject:
    seen: dict[str, JSON] = {
        "root_confirmed": True,
        "head": HEAD,
        "branch": "main",
        "detached": False,
        "upstream": "origin/main",
        "ahead": 0,
        "behind": 0,
        "staged": [],
        "staged_count": 0,
        "unstaged": [],
        "unstaged_count": 0,
        "untracked": [],
        "untracked_count": 0,
        "operation": None,
        "shallow": False,
        "git_version": "2.39.5",
    }
    versions: JSONObject = {"git": "2.39.5", "python": "3.11.7", "ruff": "0.15.0"}
    value: dict[str, JSON] = {
        "git_ref": HEAD,
        "root_commit": ROOT,
        "checks": [a_check("A-ROOT"), a_check("A-COMMIT"), a_check("A-LIVE"), a_check("A-SHELL", hard=False)],
        "submodules": [],
        "lfs_pointers": [],
    }
    return {"verdict": "PASS", "value": value, "observed": {"desk": {**seen, **desk}, "versions": versions}}


def validation_of(gates: Sequence[JSON]) -> JSONObject:
    """Duty 6's result over these gates, in the form that the real duty gives."""
    hard = [cast("Verdict", one["verdict"]) for one in map(_object, gates) if one["hard"]]
    verdict = worst([one for one in hard if cast("str", one) != "NOT_APPLICABLE"])
    read = any(one["read_change"] and one["verdict"] == "PASS" for one in map(_object, gates))
    verdict = worst([verdict, "PASS" if read else "INCONCLUSIVE"])
    named = [n for n, one in enumerate(map(_object, gates)) if one["hard"] and one["verdict"] == verdict]
    places = [{"file": "core/validator-report.json", "path": f"$.gates[{number}]"} for number in named]
    summed = {
        **a_check("E-GATES", verdict, text="The gates together."),
        "pointers": places if verdict != "PASS" else [],
    }
    return result(verdict, schema="gonogo/validator-report/v1", gates=gates, checks=[summed, a_check("E-SCHEMA")])


def _pack() -> JSONObject:
    return result(
        pack_id=PACK_ID,
        core_digest=CORE_DIGEST,
        pack_digest=PACK_DIGEST,
        files=9,
        bytes=41234,
        summary_size=900,
        checks=[a_check("F-CANONICAL"), a_check("F-IDS"), a_check("F-SUMMARY"), a_check("F-VERIFY")],
    )


def _public(made: Result) -> JSONObject:
    return {"verdict": made.verdict, "value": made.value, "observed": made.observed}


@contextmanager
def sealed_off() -> Iterator[None]:
    """Take ``open``, sockets and programs away: what a duty's body may never need."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError(f"a duty reached for the world: {args!r} {kwargs!r}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.open", refuse)
        patch.setattr("os.open", refuse)
        patch.setattr("socket.socket", refuse)
        patch.setattr("subprocess.Popen", refuse)
        yield
