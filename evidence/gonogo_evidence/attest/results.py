"""in-toto test-result v0.1, one statement a gate.

The predicate knows three words, gonogo four, and a stranger may release on PASSED or WARNED. So the mapping errs on
the side of not releasing:

- PASS over at least one thing is PASSED. A PASS over nothing is WARNED: the gate ran and proved nothing.
- NOT_APPLICABLE is WARNED: the plan earned it with a trigger and the files it was evaluated on; nothing was tested.
- INCONCLUSIVE and FAIL are FAILED, of soft gates too; so is a verdict that is none of the four.

The exact word is in ``gonogo_gate.verdict``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_evidence.attest.parts import PLAN, REPORT, commits, described, file_of, frame, passed, picked, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gonogo_evidence.ids import JSON, Digest, JSONObject

PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
KEPT: Final = ("name", "step", "hard", "verdict", "checked", "unit", "read_change", "findings_count", "files_count")

TestResult: TypeAlias = Literal["PASSED", "WARNED", "FAILED"]


def statements(gates: Iterable[JSONObject], core: JSONObject, digests: Mapping[str, Digest]) -> Iterator[bytes]:
    """The statement about each gate; its subject is the commit that was tested, and this run's report of it."""
    subject: list[JSON] = [*commits(core), file_of(REPORT, digests)]
    configuration: list[JSON] = [file_of(PLAN, digests), *described(core, "config")]
    for gate in gates:
        yield _statement(gate, subject, configuration)


def _statement(gate: JSONObject, subject: list[JSON], configuration: list[JSON]) -> bytes:
    result, name = result_of(gate), words(gate, "name")
    return frame(
        PREDICATE,
        subject,
        {
            "result": result,
            "configuration": configuration,
            "passedTests": [name] if result == "PASSED" else [],
            "warnedTests": [name] if result == "WARNED" else [],
            "failedTests": [name] if result == "FAILED" else [],
            "gonogo_gate": picked(gate, {field: field for field in KEPT}),
        },
    )


def result_of(gate: JSONObject) -> TestResult:
    """PASSED only for a PASS that checked something; see the table at the head of this file."""
    if passed(gate):
        return "PASSED"
    return "WARNED" if words(gate, "verdict") in {"PASS", "NOT_APPLICABLE"} else "FAILED"
