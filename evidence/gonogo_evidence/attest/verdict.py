"""The run's verdict as an in-toto Simple Verification Result (SVR) v0.2.

``properties`` lists what was verified, and only that: a run that is INCONCLUSIVE or FAIL has no property that says
PASS, though gates in it that passed keep theirs. ``verifier.policies`` is required since v0.2: the config that judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence import seal
from gonogo_evidence.attest.parts import (
    REPORT,
    commits,
    described,
    file_of,
    frame,
    gates_of,
    listing,
    mapping,
    passed,
    words,
)
from gonogo_evidence.drill import FIELD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_evidence.ids import Digest, JSONObject

PREDICATE: Final = "https://in-toto.io/attestation/svr/v0.2"
VERIFIER: Final = "urn:gonogo:validator:v1"
RUN_PASSED: Final = "GONOGO_RUN_PASSED"
DRILL: Final = "GONOGO_DRILL"
GATE_PASSED: Final = "GONOGO_GATE_PASSED:"


def statement(documents: Mapping[str, JSONObject], digests: Mapping[str, Digest]) -> bytes:
    """The statement's canonical bytes; its subject is the core, and the commit that it is about."""
    core, environment = documents[seal.CORE], documents[seal.ENVIRONMENT]
    return frame(
        PREDICATE,
        [file_of(seal.CORE, digests), *commits(core)],
        {
            "verifier": {"id": VERIFIER, "policies": described(core, "config")},
            "timeCreated": words(environment, "finished"),
            "properties": list(_properties(core, documents[REPORT])),
            "gonogo_verdict": words(core, "verdict"),
            "gonogo_inconclusive": [words(mapping(item), "id") for item in listing(core.get("inconclusive"))],
        },
    )


def _properties(core: JSONObject, report: JSONObject) -> Iterator[str]:
    """A PASS with open checks, or without a hard gate that read the change, is not what a stranger takes it for.

    Of a drill nothing was verified but that it is one.
    """
    if FIELD in core:
        yield DRILL
        return
    gates = gates_of(report)
    carried = any(passed(gate) and gate.get("hard") is True and gate.get("read_change") is True for _, gate in gates)
    if core.get("verdict") == "PASS" and not core.get("inconclusive") and carried:
        yield RUN_PASSED
    for name, gate in gates:
        if passed(gate):
            yield GATE_PASSED + name
