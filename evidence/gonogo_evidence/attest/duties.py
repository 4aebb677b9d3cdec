"""What a role's worker attests of one duty: the digests of what it read and of what it handed back.

A worker makes its key inside itself and keeps it there. Such a key proves who answered on which pipe to an honest
engine, whose own key countersigns the list of them; against the engine itself it proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence.attest.parts import frame
from gonogo_evidence.canonical import digest_of, dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

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
