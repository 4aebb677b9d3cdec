"""What a role's worker attests of one duty: the digests of what it read and of what it handed back.

A worker makes its key inside itself and keeps it there. Such a key proves who answered on which pipe to an honest
engine, whose own key countersigns the list of them; against the engine itself it proves nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gonogo_evidence import dsse
from gonogo_evidence.attest.parts import frame, mapping, words
from gonogo_evidence.canonical import digest_of, dumps, loads_object

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gonogo_evidence.ids import JSON, Digest, JSONObject

PREDICATE: Final = "urn:gonogo:duty:v1"
KEYS_PREDICATE: Final = "urn:gonogo:role-keys:v1"
RESULT_SCHEMA: Final = "gonogo/result/v1"


def record(field: str, role: str, result: JSONObject) -> bytes:
    """A duty's result as it is stored, attested and handed on: canonical JSON of verdict, value and what was observed.

    Raises:
        NotCanonical: the result holds what the form cannot say.
    """
    return dumps(
        {
            "schema": RESULT_SCHEMA,
            "field": field,
            "role": role,
            **{name: result[name] for name in ("verdict", "value", "observed")},
        }
    )


def statement(
    *, run_id: str, number: int, role: str, field: str, verdict: str, read: Mapping[str, Digest], written: Digest
) -> bytes:
    """The in-toto statement over one duty; its subject is the result, by the digest of its :func:`record`.

    Args:
        run_id: the run.
        number: of the duty, 1 to 9.
        role: who did it.
        field: what it wrote.
        verdict: what it found.
        read: digests of the state fields in its view, records too; of ``inputs`` that of their canonical form.
        written: digest of its record.
    """
    said: dict[str, JSON] = {
        "run_id": run_id,
        "number": number,
        "role": role,
        "field": field,
        "verdict": verdict,
        "read": dict(read),
    }
    return frame(PREDICATE, [{"name": field, "digest": {"sha256": written}}], said)


def keys_statement(run_id: str, workers: list[JSON], envelopes: Mapping[str, bytes]) -> bytes:
    """The engine's list of its workers' keys, over the envelopes that they signed.

    Args:
        run_id: the run.
        workers: role, public key in hex, level of isolation and layers of each.
        envelopes: by the names of their files.
    """
    subject: list[JSON] = [
        {"name": name, "digest": {"sha256": digest_of(data)}} for name, data in sorted(envelopes.items())
    ]
    return frame(KEYS_PREDICATE, subject, {"run_id": run_id, "workers": workers})


DUTIES: Final[Mapping[str, tuple[int, str]]] = {
    "preflight_snapshot": (1, "ORCHESTRATOR"),
    "inventory": (2, "FACTS_COLLECTOR"),
    "scope_plan": (3, "SCOPE_KEEPER"),
    "gate_plan": (4, "CI_GUARDIAN"),
    "execution": (5, "ORCHESTRATOR"),
    "validation": (6, "CI_GUARDIAN"),
    "pack": (7, "EVIDENCE_SCRIBE"),
    "risk_review": (8, "RISK_OFFICER"),
    "recommendation": (9, "ORCHESTRATOR"),
}
"""Each duty's field: its number, and the one role that may write it."""
SEALED: Final = tuple(field for field, (number, _) in DUTIES.items() if number <= 6)  # noqa: PLR2004 - step E
"""Duties whose results lie in the sealed core; the others end after it, and are attested in the review."""
KEYS: Final = "role-keys.dsse.json"
REDACTED: Final = "redacted_duties"
"""In environment.json: fields in which a secret was replaced. No envelope with a digest of one is published."""
_NAME: Final = re.compile(r"duty-[1-9]-[a-z_]+\.(dsse\.)?json")


def envelope_name(field: str) -> str:
    """The file of a duty's envelope: ``duty-2-inventory.dsse.json``."""
    return f"duty-{DUTIES[field][0]}-{field}.dsse.json"


def record_name(field: str) -> str:
    """The file of a record in the review: ``duty-7-pack.json``."""
    return f"duty-{DUTIES[field][0]}-{field}.json"


def is_ours(name: str) -> bool:
    """Whether a file of ``attestations/`` is about who did a duty, and not derived from the core."""
    return name == KEYS or _NAME.fullmatch(name) is not None


def covers(envelope: bytes, fields: Collection[str]) -> bool:
    """Whether a duty's envelope holds a digest of one of these fields, read or written.

    A digest of a text whose secret alone is unknown lets anybody try out secrets: such an envelope is not published.
    """
    said = mapping(loads_object(dsse.parse(envelope).payload).get("predicate"))
    return bool({words(said, "field"), *mapping(said.get("read"))} & set(fields))


def sealed_results(documents: Mapping[str, JSONObject]) -> dict[str, JSONObject]:
    """The results of the sealed duties, put together again from core and environment.

    Args:
        documents: the sealed files by path; see :data:`gonogo_evidence.attest.SOURCES`.
    """
    core, plan = documents["core/pack.json"], documents["core/run-plan.json"]
    inventory, report = documents["core/inventory.json"], documents["core/validator-report.json"]
    observed, verdicts = mapping(documents["environment.json"].get("observed")), mapping(core.get("verdicts"))
    values: dict[str, JSONObject] = {
        "preflight_snapshot": mapping(mapping(core.get("preflight_snapshot")).get("value")),
        "inventory": {name: value for name, value in inventory.items() if name != "schema"},
        "scope_plan": mapping(plan.get("scope")),
        "gate_plan": mapping(plan.get("gates")),
        "execution": mapping(mapping(core.get("execution")).get("value")),
        "validation": report,
    }
    return {
        field: {"verdict": verdicts.get(field), "value": value, "observed": mapping(observed.get(field))}
        for field, value in values.items()
    }
