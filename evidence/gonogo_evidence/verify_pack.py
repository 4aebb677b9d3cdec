"""Verify a gonogo evidence pack without gonogo: Python 3.9 or later, and nothing that does not come with it.

    python3 -I verify_pack.py PACK [--allowed-signers FILE] [--revoked-keys FILE] [--engine-key FILE] [--vkey FILE]
                                   [--policy FILE] [--at TIME] [--json] [--drill]

A drill's pack is no evidence of production and refused, unless ``--drill`` says that one is wanted.

Bring ``allowed_signers`` (who may sign, OpenSSH's form), the engine's public key (PEM) and the verifier key of the
evidence index yourself: nothing in a pack can vouch for the pack. Ed25519 signatures of machines are checked by
``openssl`` (3.0 or later), sign-offs by ``ssh-keygen`` (8.9).

Codes, verdicts and exit codes are those of ``gonogo verify``: 6 bytes changed, 5 refused, 2 bad input, 1 FAIL or NO-GO,
3 could not check, 4 waits, 0 good; the worst counts. What this file does not check it calls NOT_CHECKED, never PASS.
Without ``allowed_signers`` nobody can say what was decided: 3. An error of this file itself is 3 too, never Python's 1.
Of the sign-off policy (``signoff.toml``) it reads whether a release needs the forge's checks, and no more.
This is one file on purpose: read it, or have it read, before you believe it. Begin with ``plan``, which names every
check in its order; each stands under the heading of its question (``# ---``): the folder, authentic, verdict,
signatures, the index, decision. ``main`` at the end is the command.
"""

# pyright: basic
# (the strict mode wants a type for every value of a JSON document that this file takes apart because it has none)

from __future__ import annotations

import argparse
import base64
import datetime as dt
import errno
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple  # noqa: UP035 - Python 3.9 cannot subscript the other Callable in full

REPLAYED = ("run_id", "pack_id", "pack_digest")
SEAL, MANIFEST, ENVIRONMENT, GUIDE = "seal.json", "manifest-sha256.txt", "environment.json", "VERIFY.md"
CORE, REPORT, REVIEW = "core/pack.json", "core/validator-report.json", "review/review.json"
INVENTORY, PLAN = "core/inventory.json", "core/run-plan.json"
CORE_FILES = ("inventory.json", "run-plan.json", "validator-report.json")
REQUIRED = (CORE, *(f"core/{name}" for name in CORE_FILES), ENVIRONMENT, "SUMMARY.md")
ENGINE, ENGINE_PUB, OUTCOME = "review/engine.dsse.json", "review/engine.pub", "review/outcome.json"
RECOMMENDED, REQUEST = "review/recommendation.json", "review/request.json"
PREDICATES = {ENGINE: "urn:gonogo:seal:v1", REQUEST: "urn:gonogo:request:v1", OUTCOME: "urn:gonogo:outcome:v1"}
ENTRY, PROOF, ENTRY_TYPE = "index/entry.json", "index/entry.tlog-proof", "urn:gonogo:index-entry:v1"
STATEMENT, IN_TOTO = "https://in-toto.io/Statement/v1", "application/vnd.in-toto+json"
DUTY_TYPE, ROLE_KEYS_TYPE, ROLE_KEYS = "urn:gonogo:duty:v1", "urn:gonogo:role-keys:v1", "role-keys.dsse.json"
ISOLATED = ("process", "sealed")
SILENT = {
    "verdict.gates",
    "verdict.drill",
    "authentic.guide",
    "authentic.duties",
    "decision.statements",
    "decision.signed",
}
OF_DUTIES = re.compile(r"role-keys\.dsse\.json|duty-[1-9]-[a-z_]+\.(dsse\.)?json")
SIGNOFF, CLOSE = "gonogo-signoff@v1", "gonogo-close@v1"
STATEMENTS = {SIGNOFF: "signoff", CLOSE: "close"}
RENDERERS = {b"<!-- gonogo/verify-guide/v1 -->", b"<!-- gonogo/verify-guide/v2 -->"}
DECISIONS = ("NO-GO", "GO-WITH-CONDITIONS", "GO")  # the first of them that somebody signed is what was decided
AUTHENTIC, VERDICT, DECISION = AREAS = ("authentic", "verdict", "decision")
ORDER, UNKNOWN, NOT_CHECKED = (6, 5, 2, 1, 3, 4, 0), "INCONCLUSIVE", "NOT_CHECKED"
UNSEEN = "\u200e\u200f\u061c\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
DUTIES = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution", "validation")
MOST_BYTES, MOST_ENVELOPE, MOST_ARMOR, MOST_ENTRIES = 64 << 20, 16 << 20, 16 << 10, 1_000_000
MOST_NOTE, MOST_PROOF, MOST_LINE = 1 << 20, 2 << 20, 64 << 10
MOST_INTEGER, MOST_DEPTH, DEEPEST, MOST_PATH, MOST_NAME, MOST_SAID = 2**53 - 1, 64, 32, 1024, 64, 100
ED25519, SIGNATURE_BYTES, SKEW = bytes.fromhex("302a300506032b6570032100"), 64, dt.timedelta(minutes=5)
SSHSIG, ED25519_ORDER = b"SSHSIG\0\0\0\1", 2**252 + 27742317777372353535851937790883648493
TIME = "%Y-%m-%dT%H:%M:%SZ"
SEGMENT = re.compile(r"[A-Za-z0-9_@+=][A-Za-z0-9._@+=-]*")
LATER = re.compile(
    r"(outcome|request)\.json|[A-Za-z0-9_@+=][A-Za-z0-9._@+=-]*\.(signoff|close-[1-9][0-9]{0,3})\.json(\.sig)?"
)
PACK_ID = re.compile(r"EVP-[A-Z0-9]+-(L[0-6])-([0-9]{8})-[0-9]{3,9}")
NAME = re.compile(r'(?:"([^"]*)"|([^ \t]+))[ \t]+(.*)')
OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"\\]*)")?')
SPAN = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?(Z?)")
MOST_SIGNERS, MOST_KEY_TEXT, RSA_BITS, RSA_EXPONENTS = 1 << 20, 16 << 10, range(2048, 16385), range(3, 1 << 32)
CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}  # and the bytes of a point
RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")
PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]{60})\n-----END PUBLIC KEY-----\n")
NEEDS_REMOTE = re.compile(r'[ \t]*remote_checks[ \t]*=[ \t]*"(required|advisory)"[ \t]*(#.*)?')
VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
NOTE_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
# Known answers: a tool that does not give them is not believed (RFC 8032, 7.1, test 2; a throw-away key for SSHSIG).
KAT_KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
KAT_SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
KAT_ARMOR = (
    b"U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgzX5mHxHgUD4D++jG8Xegw+pFKJ\n"
    b"gJu8NCFjtoLejpQU0AAAADa2F0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5\n"
    b"AAAAQMZYEw9YiChOeBUCYeJ+J7Xh2sRHV0wA3L4yA2TDh/d5wCD+eoLdE91cPLOdLywSGo\n"
    b"RQZHzg2kV/c++GhvpzMgI=\n"
)


KINDS = {
    "pack": "layer_id git_ref core_digest verdict",
    "intent": "layer_id git_ref operator_id mode",
    "abandoned": "principal reason",
    "failed": "reason",
    "decision": "decision outcome_digest review_digest principals",
    "revocation": "what reason compromised_at",
    "key-rotation": "role vkey reason",
    "foreign-checkpoint": "checkpoint vkey",
}
"""What an entry of the index says beyond kind, run and time, by kind."""
# The published shapes. A shape is the name of another one or of a JSON type; a tuple of the values that may stand
# there; a list of (names, shape) for an object of these fields and no others, with "?" those that may be left out; or
# rules: type, like (the whole text), least and most (the number, or how long), items or first (of an array), values
# (of an object, by key), any (one of these), fields and needed (of an open object), and of, if, then, else.
# --- made by `make docs` from the published schemas ---
# fmt: off
NAMED: dict[str, Any] = {
    "check": [
        ("id?", "words"), ("hard?", "boolean"), ("verdict?", ("PASS", "FAIL", "INCONCLUSIVE")),
        ("basis?", ("measured", "asserted", "absent")), ("text?", "text"), ("pointers?", {"items": "object"}),
    ],
    "commit": {"type": "string", "like": "[0-9a-f]{40}", "least": 40, "most": 40},
    "day": {"type": "string", "like": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "least": 10, "most": 10},
    "digest": {"type": "string", "like": "[0-9a-f]{64}", "least": 64, "most": 64},
    "duty": [("verdict", "verdict"), ("value", "object")],
    "gate": {
        "of": [
            ("name", "words"), ("step? unit?", "string"), ("hard read_change", "boolean"),
            ("verdict", ("PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE")),
            ("checked findings_count? advice_count? files_count?", {"type": "integer", "least": 0}),
            ("findings? advice?", {
                "items": [("path? code? message? fingerprint?", "string"), ("line?", {"any": ["integer", "null"]})],
            }),
            ("reason? trigger?", "text"), ("reason_code?", {"any": ["string", "null"]}),
            ("files?", {"items": "string"}),
        ],
        "if": {"fields": {"verdict": ("NOT_APPLICABLE",)}}, "then": {"needed": "trigger files"},
    },
    "name": {"type": "string", "least": 1, "most": 256},
    "pack_id": {"type": "string", "like": "EVP-[A-Z0-9]+-L[0-6]-[0-9]{8}-[0-9]{3,9}", "most": 64},
    "run_id": {"type": "string", "like": "[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", "least": 22, "most": 22},
    "second": {
        "type": "string", "like": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "least": 20, "most": 20,
    },
    "stored": [("sha256", "digest"), ("size", {"type": "integer", "least": 0})],
    "text": [("template text", "string"), ("values", {"values": {"any": ["string", "integer"]}})],
    "time": {
        "type": "string", "like": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z",
        "least": 20, "most": 27,
    },
    "verdict": ("PASS", "FAIL", "INCONCLUSIVE"),
    "words": {"type": "string", "least": 1},
}
SHAPES: dict[str, Any] = {
    "seal.json": [
        ("schema", ("gonogo/seal/v1",)), ("pack_id", "pack_id"),
        ("core_digest data_root environment_digest manifest_digest", "digest"),
        ("attestations", {"values": "digest"}), ("counts", [("bytes files", {"type": "integer", "least": 1})]),
        ("summary_renderer", "words"),
    ],
    "core/pack.json": [
        ("schema", ("gonogo/pack/v1",)), ("schema_version", ("1.0.0",)),
        ("phase_id layer_name scope capability_scope model_id", "words"),
        ("model_profile critic_model_id run_reason operator_id", "words"),
        ("registry_version matrix_version", "words"), ("layer_id", ("L0", "L1", "L2", "L3", "L4", "L5")),
        ("autonomy_level", ("RO", "REC", "PROP")), ("fallback_model_ids commit_authors?", {"items": "string"}),
        ("git_ref root_commit?", "commit"),
        ("drill?", [("drill_id", "words"), ("seed", {"type": "integer", "least": 0})]), ("commit_time", "time"),
        ("base", {"any": ["commit", "null"]}), ("base_rule", ("option", "upstream", "first-parent", "whole-tree")),
        ("seed", {"any": ["integer", "null"]}), ("dataset_snapshot_id", {"any": ["string", "null"]}),
        ("selection_reasons", {"items": "text"}),
        ("config", {"values": [("sha256", "digest"), ("origin", ("commit", "trust", "packaged"))]}),
        ("locks", {"values": "digest"}), ("preflight_snapshot execution", "duty"),
        ("scope_plan", [
            ("goal? reason?", "text"), ("non_goals?", {"items": "text"}), ("abort?", {"items": "object"}),
            ("skipped?", (True,)),
        ]),
        ("verdicts", [
            ("preflight_snapshot inventory scope_plan gate_plan execution", "verdict"), ("validation", "verdict"),
        ]),
        ("verdict", "verdict"),
        ("criteria", {
            "items": [
                ("id? check?", "words"), ("verdict?", {}), ("text?", "text"), ("pointers?", {"items": "object"}),
                ("before_seal?", "boolean"),
            ],
        }),
        ("inconclusive", {"items": [("id", "words"), ("text", "text")]}), ("driver", ("auto", "model", "chat")),
        ("files", [("inventory.json run-plan.json validator-report.json", "stored")]),
    ],
    "core/inventory.json": [
        ("schema", ("gonogo/inventory/v1",)),
        ("facts?", {
            "items": [
                ("id? kind? name? path? blob?", "string"), ("line?", {"any": ["integer", "null"]}), ("value?", {}),
            ],
        }),
        ("counts? files?", {"values": {"type": "integer", "least": 0}}), ("absent?", {"items": "string"}),
        ("unreadable?", {"items": [("path? reason?", "string")]}), ("complete?", "boolean"),
        ("checks?", {"items": "check"}), ("skipped?", (True,)), ("reason?", "text"), ("code?", "string"),
        ("original?", "object"),
    ],
    "core/run-plan.json": [
        ("schema", ("gonogo/run-plan/v1",)), ("scope? original?", "object"), ("gates?", {"any": ["object", "array"]}),
        ("verdicts?", [("scope_plan? gate_plan?", ("PASS", "FAIL", "INCONCLUSIVE"))]), ("goal?", "text"),
    ],
    "core/validator-report.json": [
        ("schema", ("gonogo/validator-report/v1",)), ("gates", {"items": "gate"}), ("checks?", {"items": "check"}),
        ("verdict?", {}), ("counts?", {"values": {"type": "integer", "least": 0}}), ("skipped?", (True,)),
        ("reason?", "text"), ("code?", "string"), ("original?", "object"),
    ],
    "environment.json": [
        ("schema", ("gonogo/environment/v1",)), ("pack_id", "pack_id"), ("run_id", "run_id"),
        ("mode", ("smoke", "replay", "live")), ("started finished", "time"), ("host", {"type": "object", "least": 1}),
        ("isolation", ("sealed", "process", "none")), ("layers? redacted_duties?", {"items": "string"}),
        ("trust gonogo_version", "words"), ("tools observed migration?", "object"),
        ("data_files", {
            "items": {
                "of": [
                    ("path", {"type": "string", "like": "data/(?s:.*)", "most": 1024}), ("sha256", "digest"),
                    ("size", {"type": "integer", "least": 0}), ("media_type", "words"),
                    ("determinism", ("bit", "replay", "none")), ("reason", "string"),
                ],
                "if": {"fields": {"determinism": ("none",)}}, "then": {"fields": {"reason": "words"}},
            },
        }),
        ("redactions?", {
            "items": [
                ("path", {"type": "string", "least": 1, "most": 1024}), ("detector reason", "words"),
                ("line count", {"type": "integer", "least": 1}), ("hmac", "digest"),
            ],
        }),
        ("trees?", [
            ("command", "string"), ("broken", {"items": "string"}), ("tree", {"items": [("path how", "string")]}),
            ("tree_count desk_count? desk_beyond?", {"type": "integer", "least": 0}),
            ("desk", {"any": [{"items": "string"}, "null"]}),
        ]),
        ("refusals?", {"least": 1, "items": [("at what where", "string")]}),
        ("not_scanned?", {
            "least": 1,
            "items": [("path", {"type": "string", "like": "data/(?s:.*)", "most": 1024}), ("reason", "words")],
        }),
    ],
    "review/review.json": [
        ("schema", ("gonogo/review/v1",)), ("pack_digest", "digest"), ("files", {"least": 1, "values": "stored"}),
    ],
    "signoff": [
        ("_type", ("https://in-toto.io/Statement/v1",)),
        ("subject", {
            "first": [
                [("name", "pack_id"), ("digest", [("sha256", "digest")])],
                [("name", ("review",)), ("digest", [("sha256", "digest")])],
            ],
            "least": 2, "most": 2,
        }),
        ("predicateType", ("urn:gonogo:signoff:v1",)),
        ("predicate", {
            "of": [
                ("run_id", "run_id"),
                ("request_id", {"type": "string", "like": "[A-Za-z0-9._-]+", "least": 1, "most": 128}),
                ("decision", ("GO", "NO-GO", "GO-WITH-CONDITIONS")),
                ("reason", {"type": "string", "least": 1, "most": 4000}),
                ("conditions", {
                    "most": 999,
                    "items": [
                        ("number", {"type": "integer", "least": 1}),
                        ("text", {"type": "string", "least": 1, "most": 4000}), ("owner", "name"), ("due", "day"),
                    ],
                }),
                ("principal", "name"), ("presence", ("touch", "confirmed", "typed", "unproven")),
                ("policy_digest", "digest"), ("card", [("path", "name"), ("sha256", "digest")]),
                ("issued not_after", "second"),
                ("index_seen", {
                    "any": [
                        "null", [("origin", "name"), ("size", {"type": "integer", "least": 0}), ("root", "digest")],
                    ],
                }),
                ("drills?", {
                    "least": 1, "most": 100,
                    "items": [
                        ("payload payloadType", "string"),
                        ("signatures", {"least": 1, "most": 1, "items": [("keyid sig", "string")]}),
                    ],
                }),
            ],
            "if": {"fields": {"decision": ("GO-WITH-CONDITIONS",)}},
            "then": {"fields": {"conditions": {"type": "array", "least": 1}}},
            "else": {"fields": {"conditions": {"type": "array", "most": 0}}},
        }),
    ],
    "close": [
        ("_type", ("https://in-toto.io/Statement/v1",)),
        ("subject", {
            "first": [
                [("name", ("pack",)), ("digest", [("sha256", "digest")])],
                [("name", ("signoff",)), ("digest", [("sha256", "digest")])],
                [("name", ("evidence",)), ("digest", [("sha256", "digest")])],
            ],
            "least": 3, "most": 3,
        }),
        ("predicateType", ("urn:gonogo:close:v1",)),
        ("predicate", [
            ("run_id", "run_id"), ("condition", {"type": "integer", "least": 1}),
            ("evidence", [("name", "name"), ("sha256", "digest"), ("size", {"type": "integer", "least": 0})]),
            ("principal", "name"), ("issued", "second"),
        ]),
    ],
}
# fmt: on
# --- end of what was made ---
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}
DOCUMENTS = (CORE, INVENTORY, PLAN, REPORT, ENVIRONMENT)
"""What a run writes down of itself. Seal and review list have their shape or are none."""
OF_CORE = "schema_version git_ref run_reason operator_id layer_id scope model_id model_profile capability_scope"
FIELDS: dict[str, tuple[tuple[str, str], ...]] = {
    "pack_id": ((ENVIRONMENT, "pack_id"),),
    **{name: ((CORE, name),) for name in (*OF_CORE.split(), "preflight_snapshot")},
    "inventory": ((INVENTORY, ""),),
    "run_plan": ((PLAN, ""),),
    "validator_report": ((REPORT, ""),),
    "run_manifest.inputs": ((CORE, "config"), (CORE, "git_ref")),
    "run_manifest.versions": ((ENVIRONMENT, "tools"), (ENVIRONMENT, "gonogo_version")),
    "run_manifest.seed": ((CORE, "seed"),),
    "run_manifest.time": ((ENVIRONMENT, "started"), (ENVIRONMENT, "finished"), (CORE, "commit_time")),
    "run_manifest.machine": ((ENVIRONMENT, "host"), (ENVIRONMENT, "isolation")),
    "timestamps": ((ENVIRONMENT, "finished"),),
}
"""The fields that the runbook demands, and where each may stand; one place is enough."""


class Finding(Exception):
    """What was found: a stable code, words, where, and the exit code. OK holds; anything else with exit 0 is a limit.

    A limit is shown and not held against the pack. Without an exit code of its own a finding means: bytes changed, 6.
    """

    id, area = "", ""

    def __init__(self, code: str, words: str, where: str = "", exit_code: int = 6) -> None:
        super().__init__(words)
        self.code, self.words, self.where, self.exit_code = code, words, where, exit_code

    @property
    def verdict(self) -> str:
        """PASS, FAIL or INCONCLUSIVE."""
        return "PASS" if self.code == "OK" else UNKNOWN if self.exit_code in {0, 3, 4} else "FAIL"

    @property
    def limit(self) -> bool:
        """Whether it is a stated limit."""
        return self.verdict == UNKNOWN and self.exit_code == 0

    def json(self) -> dict[str, Any]:
        """As ``gonogo verify --json`` says it."""
        named = {"id": self.id, "verdict": self.verdict, "code": self.code, "evidence": self.words}
        return {**named, "where": self.where, "area": self.area, "limit": self.limit}


Findings = Iterator[Finding]


def good(words: str, where: str = "") -> Finding:
    """Something that holds."""
    return Finding("OK", words, where, 0)


# --- canonical JSON: RFC 8785, restricted to what every encoder agrees on ---


def encode(value: object) -> bytes:
    """The canonical bytes of a value of the restricted form."""
    walk(value, "$", 0)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes, most: int = MOST_BYTES) -> Any:  # noqa: ANN401 - any JSON
    """Read bytes that must be canonical: they are encoded again and compared."""
    if len(data) > most:
        raise Finding("JSON_TOO_LARGE", f"The JSON has {len(data)} bytes; {most} are allowed.")
    try:
        value = json.loads(data.decode(), parse_constant=int, parse_int=whole, parse_float=finite)
    except (ValueError, RecursionError) as error:
        raise Finding("JSON_UNREADABLE", f"This is not JSON: {type(error).__name__}.") from error
    if encode(value) != data:
        raise Finding("JSON_NOT_CANONICAL", "The bytes are not in canonical form (RFC 8785, restricted).")
    return value


def decode_object(data: bytes) -> dict[str, Any]:
    """The same, of an object."""
    value = decode(data)
    if not isinstance(value, dict):
        raise Finding("JSON_NOT_AN_OBJECT", "A JSON object is expected at the top.", "$")
    return value


def whole(text: str) -> float:
    """An integer; one that no 64 bits hold is a float to other readers, and refused as one."""
    number = finite(text)
    return int(text) if -(2**63) <= number <= 2**64 and -(2**63) <= int(text) < 2**64 else number


def finite(text: str) -> float:
    """A float that is one; NaN and the infinities, which Python would take, fail as ``int`` fails on their names."""
    number = float(text)
    return number if abs(number) != float("inf") else int("Infinity")


def walk(value: object, path: str, depth: int) -> None:
    """Refuse what the form cannot say."""
    if depth > MOST_DEPTH:
        raise Finding("JSON_TOO_DEEP", f"More than {MOST_DEPTH} levels are nested.", path)
    if isinstance(value, str):
        walk_text(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise Finding("JSON_KEY", "Keys are ASCII strings.", path)
            walk(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            walk(item, f"{path}[{index}]", depth + 1)
    elif isinstance(value, int):
        if not -MOST_INTEGER <= value <= MOST_INTEGER:
            raise Finding("JSON_INTEGER_RANGE", "An integer lies outside 2^53-1.", path)
    elif value is not None:
        raise Finding("JSON_TYPE", f"A value of type {type(value).__name__} has no canonical form.", path)


def walk_text(value: str, path: str) -> None:
    """Refuse half characters, and text that is not in normal form C."""
    if value.isascii():
        return
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Finding("JSON_UNREADABLE", "A string holds half a character.")
    if unicodedata.normalize("NFC", value) != value:
        raise Finding("JSON_NOT_NFC", "A string is not in Unicode normal form C.", path)


def digest(data: bytes) -> str:
    """SHA-256, 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def is_text(value: object) -> bool:
    """Whether it is a string that is not empty."""
    return isinstance(value, str) and value != ""


def is_digest(value: object) -> bool:
    """Whether it is a SHA-256."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def is_count(value: object) -> bool:
    """Whether it is a number of something."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def has(value: object, **shape: Callable[[Any], bool]) -> bool:
    """Whether it is an object with exactly these keys, each as its rule says."""
    return isinstance(value, dict) and set(value) == set(shape) and all(rule(value[key]) for key, rule in shape.items())


def at(value: object, *steps: str) -> Any:  # noqa: ANN401 - any JSON
    """What lies at a path of keys; None where nothing does."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


# --- the published shapes ---


def departures(value: Any, shape: Any, path: str = "$") -> Iterator[tuple[bool, str]]:  # noqa: ANN401 - any JSON
    """Where a value departs from a shape, and whether that is no more than a field that the shape does not name."""
    if isinstance(shape, str) and shape in NAMED:
        yield from departures(value, NAMED[shape], path)
    elif isinstance(shape, list):
        yield from of_fields(value, shape, path)
    elif isinstance(shape, dict):
        yield from of_rules(value, shape, path)
    elif isinstance(shape, str):
        yield from () if type(value) is TYPES[shape] else [(False, path)]
    elif not any(type(one) is type(value) and one == value for one in shape):
        yield False, path


def of_fields(value: Any, shape: list[tuple[str, Any]], path: str) -> Iterator[tuple[bool, str]]:  # noqa: ANN401 - any JSON
    """Of an object with these fields and no others."""
    if not isinstance(value, dict):
        yield False, path
        return
    fields = {name: inner for names, inner in shape for name in names.split()}
    for name in fields:
        if name[-1] != "?" and name not in value:
            yield False, f"{path}.{name}"
    for name, item in value.items():
        inner = fields.get(name, fields.get(f"{name}?"))
        yield from [(True, f"{path}.{name}")] if inner is None else departures(item, inner, f"{path}.{name}")


def of_rules(value: Any, shape: dict[str, Any], path: str) -> Iterator[tuple[bool, str]]:  # noqa: ANN401 - any JSON
    """Of a value that rules describe; without a rule every value is right."""
    if "of" in shape:
        yield from departures(value, shape["of"], path)
        then = "else" if any(departures(value, shape["if"])) else "then"
        yield from departures(value, shape.get(then, {}), path)
    elif not within(value, shape):
        yield False, path
    elif isinstance(value, dict):
        yield from ((False, f"{path}.{name}") for name in shape.get("needed", "").split() if name not in value)
        for name, item in value.items():
            yield from departures(item, shape.get("values", at(shape, "fields", name) or {}), f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            inner = shape["first"][index] if "first" in shape else shape.get("items", {})
            yield from departures(item, inner, f"{path}[{index}]")


def within(value: Any, shape: dict[str, Any]) -> bool:  # noqa: ANN401 - any JSON
    """Whether a value has the type, the text, the number or length that the rules say, or one of several shapes."""
    kind = shape.get("type", "object" if "values" in shape else "array" if {"items", "first"} & set(shape) else None)
    size = value if isinstance(value, int) else len(value) if isinstance(value, (str, list, dict)) else 0
    return (
        (kind is None or type(value) is TYPES[kind])
        and ("any" not in shape or not all(any(departures(value, one)) for one in shape["any"]))
        and shape.get("least", size) <= size <= shape.get("most", size)
        and ("like" not in shape or re.fullmatch(shape["like"], str(value)) is not None)
    )


def listed(value: object) -> list[Any]:
    """A list; nothing of what is none."""
    return value if isinstance(value, list) else []


# --- the folder: listed once, links not followed, each metadata file read once ---


class Pack:
    """A folder that claims to be a pack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, bytes] = {}
        self.hashed: dict[str, tuple[str, int]] = {}
        self.listed: dict[str, str] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.good = set[str]()
        if not os.path.isdir(folder):  # noqa: PTH112 - which says no, instead of raising, where one may not enter
            raise Finding("PACK_NOT_FOUND", "There is no pack folder here.", str(folder), 2)
        try:
            if not any(lies(folder / name) for name in (SEAL, MANIFEST, CORE)):  # another folder may be without end
                raise Finding("NOT_A_PACK", "Neither seal.json nor manifest nor core/pack.json.", str(folder), 2)
            self.entries = dict(sorted(listing(folder)))
        except OSError as error:
            raise unreadable(error, str(error.filename or folder), "PACK_FILE_UNREADABLE") from error

    def read(self, path: str) -> bytes:
        """The bytes of a metadata file, at most 64 MiB."""
        if path not in self.kept:
            self.kept[path] = b"".join(self._chunks(path, MOST_BYTES))
        return self.kept[path]

    def hash(self, path: str) -> tuple[str, int]:
        """Digest and size; payload is streamed."""
        if path not in self.hashed:
            hasher, size = hashlib.sha256(), 0
            for chunk in self._chunks(path, None) if path.startswith("data/") else (self.read(path),):
                hasher.update(chunk)
                size += len(chunk)
            self.hashed[path] = hasher.hexdigest(), size
        return self.hashed[path]

    def json(self, path: str) -> dict[str, Any]:
        """A canonical JSON object."""
        if path in self.documents:
            return self.documents[path]
        try:
            value = decode_object(self.read(path))
            if path in SHAPES and path != REVIEW and is_later(SHAPES[path], str(value.get("schema"))):
                words = "The document has a version that is not known here: verify it with a newer gonogo."
                raise Finding("PACK_TOO_NEW", words, "$", 3)  # noqa: TRY301 - gets its place below
        except Finding as problem:
            problem.where = path + problem.where[1:] if problem.where.startswith("$") else path
            raise
        self.documents[path] = value
        return value

    def names(self, folder: str) -> list[str]:
        """The names directly below a folder."""
        found = [path[len(folder) + 1 :] for path in self.entries if path.startswith(f"{folder}/")]
        return sorted(name for name in found if "/" not in name)

    def manifest(self) -> dict[str, str]:
        """The sealed files and their digests: sha256sum's form, sorted, none twice, at least one."""
        data = self.read(MANIFEST)
        if self.listed:
            return self.listed
        if not data.isascii():
            raise Finding("MANIFEST_FORM", "The manifest holds bytes outside ASCII.", MANIFEST)
        listed, previous = dict[str, str](), ""
        for line in re.findall(r"[^\n]*\n|[^\n]+", data.decode("ascii")):
            if not re.fullmatch(r"[0-9a-f]{64}  [^\n]+\n", line):
                raise Finding("MANIFEST_FORM", f"Line {len(listed) + 1} is not of sha256sum's form.", MANIFEST)
            path = check_path(line[66:-1])
            if path <= previous:
                raise Finding("MANIFEST_ORDER", "The manifest is not sorted, or names a path twice.", path)
            listed[path], previous = line[:64], path
        if not listed:
            raise Finding("MANIFEST_EMPTY", "The manifest names no file.", MANIFEST)
        self.listed = listed
        return listed

    def shaped(self, path: str) -> dict[str, Any]:
        """A document in its published shape; fields too many are another check's, save where digests stand alone."""
        value = self.json(path)
        if path not in self.good:
            for more, place in departures(value, SHAPES[path]):
                if path in {SEAL, REVIEW}:
                    raise Finding("SEAL_SHAPE", "The document does not have its published shape.", f"{path} {place}")
                if not more:
                    raise Finding("SCHEMA_INVALID", "This is not the published shape.", f"{path} {place}", 1)
            self.good.add(path)
        return value

    def _chunks(self, path: str, most: int | None) -> Iterator[bytes]:
        if path not in self.entries:
            raise Finding("PACK_FILE_MISSING", "The file is missing.", path)
        if self.entries[path] != "file":
            raise Finding("PACK_NOT_REGULAR", "Only regular files may lie in a pack.", path)
        try:
            descriptor = os.open(self.folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode) or (most is not None and status.st_size > most):
                    raise Finding("PACK_FILE_UNUSABLE", "The file is too large, or no regular file.", path)
                yield from iter(lambda: file.read(1 << 20), b"")
        except OSError as error:
            raise unreadable(error, path) from error


def is_later(shape: Any, schema: str) -> bool:  # noqa: ANN401 - a shape
    """Whether a document names itself as this one in a version after the first."""
    name = dict(shape)["schema"][0][: -len("1")]
    return re.fullmatch(re.escape(name) + "([2-9]|[1-9][0-9]{1,3})", schema) is not None


def lies(path: Path) -> bool:
    """Whether anything lies there. Raises ``OSError`` where that cannot be seen: a folder that may not be entered."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def listing(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything below the folder: file, folder or other."""
    todo, count = [""], 0
    while todo:
        prefix = todo.pop()
        if prefix.count("/") > DEEPEST or count > MOST_ENTRIES:
            raise Finding("PACK_TOO_LARGE", "More entries or levels than a pack may have.", ascii(prefix))
        with os.scandir(folder / prefix) as found:
            for entry in found:
                count, mode = count + 1, entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    todo.append(f"{prefix}{entry.name}/")
                yield prefix + entry.name, "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"


def unreadable(error: OSError, path: str, code: str = "PACK_FILE_UNUSABLE") -> Finding:
    """Why a file cannot be read; no fault of the pack is a user without the right, or a system without descriptors."""
    if isinstance(error, PermissionError):
        return Finding("PACK_NOT_READABLE", "The file may not be read by this user.", path, 3)
    if error.errno in EXHAUSTED:
        return Finding("SYSTEM_EXHAUSTED", f"The system has nothing left to open it with: {error.strerror}.", path, 3)
    return Finding(code, f"The file cannot be read: {error.strerror}", path)


def check_path(path: str) -> str:
    """The path, if it is safe in a pack."""
    if len(path) > MOST_PATH or not all(SEGMENT.fullmatch(part) and part[-1] != "." for part in path.split("/")):
        raise Finding("PACK_PATH", f"This path may not stand in a pack: {path!a}")
    return path


def shown(path: str) -> str:
    """A path as it is reported."""
    return path if path.isascii() else ascii(path)


def caught(action: Callable[[str], object], path: str) -> Findings:
    """What an action finds wrong with a path."""
    try:
        action(path)
    except Finding as problem:
        yield problem


# --- authentic: are these the sealed bytes ---


def structure(pack: Pack) -> Findings:
    """The closed world: unlisted and missing files, links, devices, extra folders, names that clash."""
    listed, seen = pack.manifest(), dict[str, str]()
    name = pack.folder.resolve().name
    if not list(caught(pack.json, SEAL)) and PACK_ID.fullmatch(name) and pack.json(SEAL).get("pack_id") != name:
        yield Finding("PACK_NAME_DIFFERS", "The folder bears the id of another pack than the one in it.", name)
    for path in REQUIRED:
        if path not in listed:
            yield Finding("PACK_FILE_REQUIRED", "The manifest does not name this file.", path)
    for path in sorted({*listed, MANIFEST, SEAL}):
        top, _, rest = path.partition("/")
        attested = top == "attestations" and "/" not in rest and rest.endswith(".dsse.json")
        if path not in pack.entries:
            yield Finding("PACK_FILE_MISSING", "The file is missing.", path)
        elif path in listed and not (attested or top == "data" or path in REQUIRED):
            yield Finding("PACK_PLACE", "No sealed file may lie here.", path)
    folders = {"/".join(path.split("/")[:end]) for path in listed for end in range(1, path.count("/") + 1)}
    for path, kind in pack.entries.items():
        yield from stranger(path, kind, listed, folders)
        if seen.setdefault(path.casefold(), path) != path:
            yield Finding("PACK_NAME_CLASH", "The name differs from another one only in case.", shown(path))


def stranger(path: str, kind: str, listed: dict[str, str], folders: set[str]) -> Findings:
    """What is wrong with one entry, if anything. review/ and index/ were written after the seal."""
    top, _, rest = path.partition("/")
    later = top in {"review", "index"}
    if kind == "other":
        yield Finding("PACK_NOT_REGULAR", "A link, pipe or device: only regular files may lie here.", shown(path))
    elif kind == "folder":
        if path not in folders and (rest or not later):
            yield Finding("PACK_FOLDER_UNLISTED", "The folder holds no sealed file.", shown(path))
    elif path not in listed and path not in {MANIFEST, SEAL, GUIDE} and not (later and rest):
        yield Finding("PACK_FILE_UNLISTED", "The file is not in the manifest.", shown(path))
    elif later:
        yield from caught(check_path, path)


def canonical(pack: Pack) -> Findings:
    """Every JSON file that gonogo writes is canonical: core, environment, seal, attestations, review, index."""
    below = [f"{folder}/{name}" for folder in ("attestations", "review", "index") for name in pack.names(folder)]
    ours = [path for path in below if path.endswith(".json")]
    for path in (SEAL, ENVIRONMENT, CORE, *(f"core/{name}" for name in CORE_FILES), *ours):
        yield from caught(pack.json, path)


def declared(pack: Pack) -> Findings:
    """No document has a field that its published shape does not name: no check read it, and every digest covers it."""
    for path in DOCUMENTS:
        for more, place in departures(pack.json(path), SHAPES[path]):
            if more:
                words = "The published shape of the document does not name this field."
                yield Finding("FIELD_UNDECLARED", words, f"{path} {place}")


def files(pack: Pack) -> Findings:
    """Every sealed file is what the manifest says."""
    for path, expected in pack.manifest().items():
        wrong = list(caught(pack.hash, path))
        yield from wrong
        if not wrong and pack.hash(path)[0] != expected:
            yield Finding("FILE_DIGEST", "The file has another digest than the manifest says.", path)


def seal(pack: Pack) -> Findings:
    """Each field of the seal, made again from the files."""
    wrong = {path: list(caught(pack.hash, path)) for path in pack.manifest()}
    there = {path: pack.hash(path) for path in wrong if not wrong[path]}
    unread = [path for path, found in wrong.items() if found and found[0].exit_code == 3]  # noqa: PLR2004 - could not check
    payload = [(path, *entry) for path, entry in there.items() if path.startswith("data/")]
    made = {
        "manifest_digest": digest(pack.read(MANIFEST)),
        "core_digest": there.get(CORE, (None,))[0],
        "environment_digest": there.get(ENVIRONMENT, (None,))[0],
        "data_root": merkle([encode({"path": path, "sha256": sha, "size": size}) for path, sha, size in payload]),
        "attestations": {path: entry[0] for path, entry in there.items() if path.startswith("attestations/")},
        "counts": {"bytes": sum(entry[1] for entry in there.values()), "files": len(there)},
        "pack_id": pack.json(ENVIRONMENT).get("pack_id"),
    }
    if unread:
        yield Finding(NOT_CHECKED, f"Not looked at in full: {len(unread)} files could not be read.", SEAL, 3)
    for name, value in made.items():
        if pack.shaped(SEAL)[name] != value and not (unread and name not in {"manifest_digest", "pack_id"}):
            yield Finding("SEAL_DIFFERS", f"{name} in the seal is not what the files give.", f"{SEAL} $.{name}")


def merkle(leaves: list[bytes]) -> str:
    """The tree hash of RFC 6962, section 2.1."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [level[start : start + 2] for start in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) > 1 else pair[0] for pair in pairs]
    return level[0].hex() if level else digest(b"")


def core(pack: Pack) -> Findings:
    """The digests that pack.json gives for the rest of the core."""
    for name in CORE_FILES:
        sha, size = pack.hash(f"core/{name}")
        if at(pack.json(CORE), "files", name) != {"sha256": sha, "size": size}:
            yield Finding("CORE_DIGEST", "pack.json gives another digest or size, or none.", f"core/{name}")


def payload(pack: Pack) -> Findings:
    """The payload as environment.json describes it."""
    described = pack.shaped(ENVIRONMENT)["data_files"]
    sealed = {path: sha for path, sha in pack.manifest().items() if path.startswith("data/")}
    for one in described:
        sha = sealed.pop(one["path"], None)
        if sha != one["sha256"] or pack.hash(one["path"])[1] != one["size"]:
            yield Finding("DATA_DESCRIPTION", "environment.json describes another file.", shown(one["path"]))
    for path in sealed:
        yield Finding("DATA_UNDESCRIBED", "environment.json does not describe this file.", path)


def review(pack: Pack) -> Findings:
    """review.json against the folder, both ways, and against the pack."""
    if "review" not in pack.entries:
        raise Finding("REVIEW_ABSENT", "Nothing was added after the seal: there is no review yet.", "", 0)
    listed = pack.shaped(REVIEW)["files"]
    if pack.shaped(REVIEW)["pack_digest"] != digest(pack.read(SEAL)):
        yield Finding("REVIEW_OF_ANOTHER_PACK", "review.json belongs to another pack digest.", REVIEW)
    if "engine.dsse.json" not in listed:
        yield Finding("ENGINE_ATTESTATION_MISSING", "review.json does not list the engine's attestation.")
    present = {name for name in pack.names("review") if name != "review.json" and not LATER.fullmatch(name)}
    for name in sorted(present | set(listed)):
        where = f"review/{name}" if name.isascii() else ascii(name)
        if (name in present) != (name in listed):
            what = "REVIEW_FILE_UNLISTED" if name in present else "REVIEW_FILE_MISSING"
            yield Finding(what, "review.json and the folder differ.", where)
        elif (listed[name]["sha256"], listed[name]["size"]) != pack.hash(f"review/{name}"):
            yield Finding("REVIEW_FILE_DIGEST", "The file is not what review.json says.", where)


def statements(pack: Pack) -> Findings:
    """Sign-offs and closes have their signatures beside them, and the other way round; none is there twice."""
    later = {name for name in pack.names("review") if LATER.fullmatch(name)} - {OUTCOME[7:], REQUEST[7:]}
    first = dict[str, str]()
    for name in sorted(later):
        path = f"review/{name}"
        if name.endswith(".sig") and name[: -len(".sig")] not in later:
            yield Finding("STATEMENT_MISSING", "The signature has no statement beside it.", path)
        elif not name.endswith(".sig") and f"{name}.sig" not in later:
            yield Finding("SIGNATURE_MISSING", "The statement has no signature beside it.", path)
        if not name.endswith(".sig") and first.setdefault(digest(pack.read(path)), name) != name:
            yield Finding("STATEMENT_TWICE", "The same statement lies here under another name.", path)
        if not name.endswith(".sig"):
            shape = SHAPES["signoff" if name.endswith(".signoff.json") else "close"]
            for _, place in departures(pack.json(path), shape):
                yield Finding("STATEMENT_SHAPE", "This is not the published shape.", f"{path} {place}")


# --- verdict: what the run found, made again ---


def worst(verdicts: Iterable[object]) -> str:
    """FAIL before INCONCLUSIVE before PASS; nothing at all is INCONCLUSIVE."""
    seen = set(verdicts)
    return "FAIL" if "FAIL" in seen else "PASS" if seen == {"PASS"} else UNKNOWN


def overall(pack: Pack) -> Findings:
    """The verdict, from the core's own duties, gates and criteria; the stored one is compared, never believed."""
    stored, report = pack.shaped(CORE), pack.shaped(REPORT)
    duties, criteria = stored["verdicts"], stored["criteria"]
    hard = [gate for gate in report["gates"] if gate["hard"]]
    found = [duties[duty] for duty in DUTIES]
    found += [gate["verdict"] for gate in hard if gate["verdict"] != "NOT_APPLICABLE"]
    found += [one["verdict"] for one in criteria if "verdict" in one]
    if not any(gate["verdict"] == "PASS" and gate["read_change"] and gate["checked"] for gate in hard):
        found.append(UNKNOWN)
    made = worst(map(str, [*found, *kept(pack)]))
    said = [stored["verdict"], *(stored[duty]["verdict"] for duty in ("preflight_snapshot", "execution"))]
    given = [made, duties["preflight_snapshot"], duties["execution"]]
    if said != given or report.get("verdict", duties["validation"]) != duties["validation"]:
        raise Finding("VERDICT_DIFFERS", f"The core's own evidence gives {made}; something else is stored.", CORE)
    if made != "PASS":
        yield Finding(f"VERDICT_{made}", f"The run's verdict is {made}.", CORE, 1 if made == "FAIL" else 3)


def kept(pack: Pack) -> Iterator[object]:
    """The hard checks that duties keep of themselves, and the hard gates that were planned: UNKNOWN if not reported."""
    stored, inventory, plan, report = map(pack.json, (CORE, "core/inventory.json", "core/run-plan.json", REPORT))
    duties = [at(stored, duty, "value") for duty in ("preflight_snapshot", "execution")]
    checks = [at(part, "checks") for part in (*duties, inventory, plan.get("scope"), plan.get("gates"), report)]
    for one in (one for listed in checks if isinstance(listed, list) for one in listed if at(one, "hard") is True):
        yield at(one, "verdict")
    gates, planned = report["gates"], plan.get("gates")
    planned = planned.get("gates") if isinstance(planned, dict) else planned
    verdicts = {str(at(gate, "name")): at(gate, "verdict") for gate in gates}
    for one in planned if isinstance(planned, list) else []:
        name, hard = (one.get("name"), one.get("hard") is True) if isinstance(one, dict) else (one, True)
        if hard and (found := verdicts.get(str(name))) != "NOT_APPLICABLE":
            yield found


def gates_planned(pack: Pack) -> Findings:
    """The plan names every gate that the configuration declares, as it says, and the core's very files."""
    plan, config = pack.json(PLAN).get("gates"), pack.json(CORE).get("config")
    if not isinstance(plan, dict) or "gates" not in plan:
        return
    if "declared" not in plan:
        words = "The plan does not say which gates its configuration declared: one may have been left out."
        raise Finding("GATES_NOT_DECLARED", words, PLAN, 0)
    said = {str(at(one, "file")): one for one in listed(plan["declared"])}
    files = {
        key
        for key in (config if isinstance(config, dict) else ())
        if key.partition("@")[0].rpartition("/")[2] == "gates.toml"
    }
    for key in sorted(files | set(said)):
        if any(at(config, key, name) != at(said.get(key), name) for name in ("origin", "sha256")):
            words = "The plan was made from another file than the core names."
            yield Finding("PLAN_CONFIG_DIFFERS", words, f"{CORE} $.config.{key}")
    planned = {str(at(one, "name")) for one in listed(plan["gates"])}
    declared = {str(name) for one in said.values() for name in listed(at(one, "gates"))}
    for name in sorted(declared - planned):
        yield Finding("GATE_NOT_PLANNED", f"The gate {name!a} is declared, and was not planned.", PLAN)
    for name in sorted(planned - declared):
        yield Finding("GATE_NOT_DECLARED", f"The gate {name!a} was planned, and no file declares it.", PLAN)


def shapes(pack: Pack) -> Findings:
    """Each document has its published shape."""
    for path in DOCUMENTS:
        for more, place in departures(pack.json(path), SHAPES[path]):
            if not more:
                yield Finding("SCHEMA_INVALID", "This is not the published shape.", f"{path} {place}", 1)


def demanded(pack: Pack) -> Findings:
    """The runbook's fields: one that is missing, null or empty is FAIL. A run without a seed says so: null."""
    for field, places in FIELDS.items():
        values = [at(pack.json(path), *inner.split(".") if inner else ()) for path, inner in places]
        told = field == "run_manifest.seed" and pack.json(CORE).get("seed", "") is None
        if not told and not any(value.strip() if isinstance(value, str) else says(value) for value in values):
            yield Finding("FIELD_MISSING", "This field of the runbook is missing.", field, 1)


def says(value: object) -> bool:
    """Whether a value says anything: null and an empty list or object do not; 0 and false do."""
    return value is not None and value not in ([], {})


def named(pack: Pack) -> Findings:
    """The pack id names the layer and the commit's date (UTC), and the core names one repository."""
    stored, match = pack.shaped(CORE), PACK_ID.fullmatch(pack.shaped(SEAL)["pack_id"])
    if match is None or match.groups() != (stored["layer_id"], stored["commit_time"][:10].replace("-", "")):
        yield Finding("PACK_ID_DIFFERS", "The pack id does not name the layer and the commit's date.", SEAL, 1)
        return
    if at(stored, "preflight_snapshot", "value", "root_commit") not in [None, stored.get("root_commit")]:
        yield Finding("PACK_ROOT_DIFFERS", "The core names two repositories.", CORE, 1)
    else:
        yield good(f"{match[0]}, digest {digest(pack.read(SEAL))}.")


# --- signatures: openssl for the engine, ssh-keygen for people ---


class Tools:
    """The two programs, each believed once it gave its known answers; and a folder of our own for what they read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, set[str]()

    def ed25519(self, key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the raw key signed the message."""
        if "openssl" not in self.known:
            self.known.add("openssl")
            answers = [self.ed25519(KAT_KEY, text, KAT_SIGNATURE) for text in (b"r", b"s")]
            self._believe("openssl", answers, "3.0")
        brought = (("key", ED25519 + key), ("message", message), ("signature", signature))
        key_file, message_file, signature_file = (self.file(name, data) for name, data in brought)
        argv = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key_file, "-rawin", "-in", message_file]
        return self._run("openssl", [*argv, "-sigfile", signature_file])

    def ssh(self, action: list[str], message: bytes, armored: bytes) -> bool:
        """What ``ssh-keygen -Y`` answers."""
        if "ssh-keygen" not in self.known:
            self.known.add("ssh-keygen")
            kat = ["check-novalidate", "-n", "kat"]
            self._believe("ssh-keygen", [self.ssh(kat, text, BEGIN + KAT_ARMOR + END) for text in (b"r", b"s")], "8.9")
        return self._run("ssh-keygen", ["-Y", *action, "-s", self.file("signature", armored)], message)

    def file(self, name: str, data: bytes) -> str:
        """Put bytes where a program can read them."""
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def _believe(self, program: str, answers: list[bool], least: str) -> None:
        if answers != [True, False]:
            self.known.discard(program)
            words = f"{program} does not give the known answers: {least} or later is needed."
            raise Finding(code="TOOL_UNUSABLE", words=words, where=program, exit_code=3)

    def _run(self, program: str, argv: list[str], stdin: bytes = b"") -> bool:
        found = shutil.which(program)
        if found is None:
            raise Finding(code="TOOL_MISSING", words=f"{program} is not installed.", where=program, exit_code=3)
        env = {
            **os.environ,
            "TZ": "UTC",
            "LC_ALL": "C",
        }  # a date alone in allowed_signers is a day in UTC, as in gonogo
        try:
            done = subprocess.run([found, *argv], input=stdin, capture_output=True, check=False, timeout=60, env=env)  # noqa: S603 - argv of our own, no shell
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Finding(
                code="TOOL_UNUSABLE", words=f"{program} fails: {error}", where=program, exit_code=3
            ) from error
        return done.returncode == 0


class Envelope(NamedTuple):
    """What a DSSE envelope says, before anybody checked its signature."""

    payload: bytes
    payload_type: str
    keyid: str
    signature: bytes


def envelope(data: bytes) -> Envelope:
    """Read an envelope: exactly one signature, base64 in its one form."""
    value = decode(data, MOST_ENVELOPE)
    signatures = at(value, "signatures")
    one = signatures[0] if isinstance(signatures, list) and len(signatures) == 1 else None
    texts = [at(value, "payload"), at(value, "payloadType"), at(one, "keyid"), at(one, "sig")]
    keys = isinstance(value, dict) and set(value) == {"payload", "payloadType", "signatures"} and len(one or ()) == 2  # noqa: PLR2004 - keyid and sig
    if not keys or not all(isinstance(text, str) for text in texts):
        raise Finding("DSSE_MALFORMED", "payload, payloadType and one signature are expected, and nothing else.")
    read = Envelope(unbase64(texts[0]), texts[1], texts[2], unbase64(texts[3]))
    if len(read.signature) != SIGNATURE_BYTES:
        raise Finding("DSSE_MALFORMED", "An Ed25519 signature has 64 bytes.")
    return read


def unbase64(text: str, what: str = "DSSE_MALFORMED") -> bytes:
    """Bytes from base64 in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Finding(what, "This is not base64.") from error
    if base64.b64encode(data).decode() != text:
        raise Finding(what, "This is base64, and not in its one form.")
    return data


def engine_key(pem: bytes) -> dict[str, bytes]:
    """An Ed25519 public key from its PEM, by key id: the SHA-256 of its DER."""
    found = re.fullmatch(rb"\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*", pem)
    der = unbase64(b"".join(found[1].split()).decode(), "ENGINE_PUBLIC_KEY_UNREADABLE") if found else b""
    if not der.startswith(ED25519) or len(der) != len(ED25519 + KAT_KEY):
        raise Finding("ENGINE_PUBLIC_KEY_UNREADABLE", "This is not an Ed25519 public key in PEM.", exit_code=2)
    return {digest(der): der[len(ED25519) :]}


def signed_by(tools: Tools, read: Envelope, keys: dict[str, bytes]) -> Finding:
    """Say whose signature over DSSE's pre-authentication encoding of type and payload it is; raise if it is none."""
    if read.keyid not in keys:
        words = "The engine's key is not among those you brought: its signature is not counted."
        return Finding("ENGINE_KEY_UNKNOWN", words, "", 0)
    kind = read.payload_type.encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(read.payload), read.payload)
    if not tools.ed25519(keys[read.keyid], message, read.signature):
        raise Finding("DSSE_BAD_SIGNATURE", f"The signature of key {read.keyid} does not belong to this payload.")
    return good(f"The engine's key {read.keyid} signed it.")


def engine(pack: Pack, tools: Tools, keys: dict[str, bytes]) -> Findings:
    """Each envelope of the review speaks of this seal, and a key that was brought signed it."""
    for path, predicate in PREDICATES.items():
        if path in pack.entries:
            yield from at_path(path, about_seal, pack, tools, keys, path, predicate)


def at_path(path: str, action: Callable[..., Finding], *arguments: object) -> Findings:
    """What an action says of a file, or what it finds wrong with it."""
    try:
        found = action(*arguments)
    except Finding as problem:
        found = problem
    found.where = path
    yield found


def about_seal(pack: Pack, tools: Tools, keys: dict[str, bytes], path: str, predicate: str) -> Finding:
    """Whose envelope over this very seal it is."""
    read = envelope(pack.read(path))
    said = decode_object(read.payload)
    sha, subjects = digest(pack.read(SEAL)), at(said, "subject")
    one = subjects[0] if isinstance(subjects, list) and len(subjects) == 1 else None
    if at(one, "digest", "sha256") != sha:  # asked first: a seal that cannot be read may be changed all the same
        raise Finding("ENGINE_OTHER_SEAL", "The engine attested another seal than this one.")
    subject = [{"name": pack.shaped(SEAL)["pack_id"], "digest": {"sha256": sha}}]
    about = (read.payload_type, at(said, "_type"), at(said, "predicateType"), at(said, "subject"))
    inner = path != ENGINE or attested(at(said, "predicate")) == attested(marked(pack))
    if about != (IN_TOTO, STATEMENT, predicate, subject) or not inner:
        raise Finding("ENGINE_OTHER_SEAL", "The engine attested another seal than this one.")
    return signed_by(tools, read, keys)


def attested(said: object) -> list[object]:
    """What the engine says of a seal."""
    return [at(said, name) for name in ("core_digest", "drill", "drill_id", "seed")]


def marked(pack: Pack) -> dict[str, Any]:
    """What it must say: the core, and of a drill that it is one."""
    said, stored = pack.json(CORE).get("drill"), {"core_digest": digest(pack.read(CORE))}
    more = said if isinstance(said, dict) else {}
    return {**stored, "drill": True, **more} if "drill" in pack.json(CORE) else stored


def of_drill(pack: Pack, wanted: bool) -> Findings:
    """A drill's pack is no evidence of production; whoever wants one says so, and is given no other."""
    said = pack.json(CORE)
    words = f"It was made in the drill {at(said, 'drill', 'drill_id')!a}, seed {at(said, 'drill', 'seed')!a}: "
    words += "it is no evidence of production."
    if "drill" in said and not wanted:
        raise Finding("DRILL_PACK", words, CORE, 5)
    if "drill" not in said and wanted:
        raise Finding("NOT_A_DRILL", "It bears no mark of a drill: it is none, or the mark was taken out.", CORE, 5)
    if wanted:
        yield good(words, CORE)


def attestations(pack: Pack, tools: Tools, keys: dict[str, bytes]) -> Findings:
    """As many sealed attestations as the core gives, about these sealed files; their words are not derived again."""
    present = {name for name in pack.names("attestations") if not OF_DUTIES.fullmatch(name)}
    if not present:
        raise Finding("ATTESTATIONS_ABSENT", "The pack has no attestations: it was sealed without them.", "", 0)
    gates = {path: pack.shaped(path) for path in DOCUMENTS}[REPORT]["gates"]
    results = {name for name in present if name.startswith("test-result-")}
    for name in sorted({"provenance.dsse.json", "verdict.dsse.json"} ^ (present - results)):
        what = "ATTESTATION_UNEXPECTED" if name in present else "ATTESTATION_MISSING"
        yield Finding(what, "The sealed files give others.", shown(f"attestations/{name}"))
    if len(results) != len(gates):
        yield Finding("ATTESTATION_MISSING", "There is not one test result for each gate.", "attestations")
    for name in sorted(present):
        path = f"attestations/{name}"
        yield from at_path(path, about_core, pack, tools, keys, path)
    words = "What the attestations say beyond their subjects is not derived again."
    yield Finding(NOT_CHECKED, words, "attestations", 0)


def about_core(pack: Pack, tools: Tools, keys: dict[str, bytes], path: str) -> Finding:
    """Whose envelope it is; a subject is a file of this core, and none is another file by the name of a sealed one."""
    read, sealed = envelope(pack.read(path)), pack.manifest()
    said = decode_object(read.payload)
    subjects = at(said, "subject") if isinstance(at(said, "subject"), list) else []
    pairs = [(at(one, "name"), at(one, "digest", "sha256")) for one in subjects if is_text(at(one, "name"))]
    ours = {(name, str(sha)) for name, sha in pairs if name in sealed}
    if not any(name.startswith("core/") for name, _ in ours) or not ours <= set(sealed.items()):
        raise Finding("ATTESTATION_DIFFERS", "The attestation is about other files than these.")
    return signed_by(tools, read, keys)


def duties(pack: Pack, tools: Tools, keys: dict[str, bytes]) -> Findings:
    """Workers of the roles signed the duties, and the engine signed the list of them, where a pack has them."""
    around = pack.json(ENVIRONMENT)
    claimed = around.get("isolation") in ISOLATED and not around.get("redacted_duties")
    if claimed and not any(map(OF_DUTIES.fullmatch, pack.names("attestations"))):
        yield Finding("ROLE_KEYS_MISSING", "The list of the workers' keys is missing.", f"attestations/{ROLE_KEYS}")
    for folder in ("attestations", "review"):
        names = [name for name in pack.names(folder) if OF_DUTIES.fullmatch(name) and name.endswith(".dsse.json")]
        if names:
            workers: list[object] = []
            yield from at_path(f"{folder}/{ROLE_KEYS}", role_keys, pack, tools, keys, folder, names, workers)
            for name in sorted(set(names) - {ROLE_KEYS}):
                yield from at_path(f"{folder}/{name}", duty, pack, tools, f"{folder}/{name}", workers)
            yield Finding(NOT_CHECKED, "What was signed is not compared with the duties' results.", folder, 0)


def role_keys(
    pack: Pack, tools: Tools, keys: dict[str, bytes], folder: str, names: list[str], workers: list[object]
) -> Finding:
    """The list of workers is about exactly the envelopes that lie here; it is filled in."""
    read = envelope(pack.read(f"{folder}/{ROLE_KEYS}"))
    said = decode_object(read.payload)
    expected = [
        {"name": name, "digest": {"sha256": digest(pack.read(f"{folder}/{name}"))}}
        for name in sorted(set(names) - {ROLE_KEYS})
    ]
    if (at(said, "_type"), at(said, "predicateType"), at(said, "subject")) != (STATEMENT, ROLE_KEYS_TYPE, expected):
        raise Finding("ROLE_KEYS_DIFFER", "The list of the workers' keys is about other envelopes than these.")
    listed = at(said, "predicate", "workers")
    workers += listed if isinstance(listed, list) else []
    return signed_by(tools, read, keys)


def duty(pack: Pack, tools: Tools, path: str, workers: list[object]) -> Finding:
    """A duty's envelope: signed by a worker of the role that it names."""
    read = envelope(pack.read(path))
    said = decode_object(read.payload)
    role, keys = at(said, "predicate", "role"), dict[str, bytes]()
    for worker in workers:
        key = at(worker, "key")
        if at(worker, "role") == role and isinstance(key, str) and re.fullmatch("[0-9a-f]{64}", key):
            keys[digest(ED25519 + bytes.fromhex(key))] = bytes.fromhex(key)
    if at(said, "predicateType") != DUTY_TYPE or read.keyid not in keys:
        raise Finding("DUTY_KEY_FOREIGN", "No worker of the duty's role signed it.")
    signed_by(tools, read, keys)
    return good(f"A worker of {role} signed it.")


# --- the index: the pack's place in an append-only log (RFC 6962; C2SP signed-note, tlog-checkpoint, tlog-proof) ---


class LogKey(NamedTuple):
    """The verifier key of a log: its name, the id that its signatures begin with, and the raw key."""

    name: str
    id: bytes
    raw: bytes


class Checkpoint(NamedTuple):
    """What a log says of itself, before anybody checked a signature."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: list[tuple[str, bytes]]


def log_keys(data: bytes) -> list[LogKey]:
    """Lines ``name+keyid+base64``; empty ones and comments are passed over."""
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    keys = [log_key(line) for line in lines if line and not line.startswith("#")]
    if not keys:
        raise Finding("VKEY_NONE", "The file names no verifier key.", "", 2)
    return keys


def log_key(line: str) -> LogKey:
    """One verifier key, its id made again."""
    match = VKEY.fullmatch(line)
    raw = unbase64(match[3], "VKEY_UNREADABLE") if match else b""
    name = match[1] if match else ""
    made = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if match is None or raw[:1] != b"\1" or len(raw) != 1 + len(KAT_KEY) or made.hex() != match[2]:
        raise Finding("VKEY_UNREADABLE", "This is no line name+keyid+key of an Ed25519 key.", ascii(line), 2)
    return LogKey(name, made, raw[1:])


def checkpoint_of(data: bytes) -> Checkpoint:
    """Origin, size and root of a signed note; the log itself is among those who signed."""
    try:
        whole = data.decode() if len(data) <= MOST_NOTE else ""
    except UnicodeDecodeError as error:
        raise Finding("NOTE_MALFORMED", "This is not a signed note: it is not UTF-8.") from error
    text, gap, rest = whole.rpartition("\n\n")
    lines = rest.split("\n")
    found = [NOTE_LINE.fullmatch(line) for line in lines[:-1]]
    controls = any(sign < " " and sign != "\n" for sign in whole)
    if not gap or not text or controls or lines[-1] or not 0 < len(found) <= MOST_SAID or not all(found):
        raise Finding("NOTE_MALFORMED", "This is not a signed note: text, an empty line and signatures are expected.")
    signatures = [(one[1], unbase64(one[2], "NOTE_MALFORMED")) for one in found if one]
    if any(len(raw) <= len("ID..") for _, raw in signatures):
        raise Finding("NOTE_MALFORMED", "A signature line has a name, a key id and a signature.")
    said = text.split("\n")
    if len(said) < len(("origin", "size", "root")) or not all(said):
        raise Finding("CHECKPOINT_MALFORMED", "Origin, size and root are expected, each in a line of its own.")
    size = int(said[1]) if re.fullmatch(r"0|[1-9][0-9]{0,15}", said[1]) else MOST_INTEGER + 1
    root = unbase64(said[2], "CHECKPOINT_MALFORMED")
    sound = len(root) == hashlib.sha256().digest_size and (size > 0 or root == hashlib.sha256().digest())
    if size > MOST_INTEGER or not sound or said[0] not in {name for name, _ in signatures}:
        raise Finding("CHECKPOINT_MALFORMED", "This is not a checkpoint that its log signed.")
    return Checkpoint(said[0], size, root, f"{text}\n", signatures)


def proof_of(data: bytes) -> tuple[int, list[bytes], bytes, Checkpoint]:
    """Number and hashes of a proof of inclusion, the key of the entry (PEM), and the checkpoint."""
    head, gap, rest = data.partition(b"\n\n")
    lines = head.decode("ascii").split("\n") if head.isascii() else []
    if len(data) > MOST_PROOF or not gap or lines[:1] != ["c2sp.org/tlog-proof@v1"]:
        raise Finding("PROOF_MALFORMED", "Head, index, hashes, an empty line and a checkpoint are expected.")
    key = unbase64(lines.pop(1)[len("extra ") :], "PROOF_MALFORMED") if lines[1:2] and lines[1][:6] == "extra " else b""
    number = re.fullmatch(r"index (0|[1-9][0-9]{0,15})", lines[1]) if lines[1:] else None
    if number is None or len(lines) > 2 + MOST_DEPTH:
        raise Finding("PROOF_MALFORMED", "An index and at most 64 hashes are expected.")
    hashes = [unbase64(line, "PROOF_MALFORMED") for line in lines[2:]]
    if any(len(one) != hashlib.sha256().digest_size for one in hashes):
        raise Finding("PROOF_MALFORMED", "A hash has 32 bytes.")
    return int(number[1]), hashes, key, checkpoint_of(rest)


def included(leaf: bytes, at_number: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether the hashes lead from a leaf to the root (RFC 9162, section 2.1.3.2)."""
    last, node = size - 1, hashlib.sha256(b"\0" + leaf).digest()
    if not 0 <= at_number < size:
        return False
    for sibling in path:
        if last == 0:
            return False
        left = at_number & 1 or at_number == last
        node = hashlib.sha256(b"\1" + (sibling + node if left else node + sibling)).digest()
        while left and not at_number & 1 and at_number:
            at_number, last = at_number >> 1, last >> 1
        at_number, last = at_number >> 1, last >> 1
    return last == 0 and node == root


def index(pack: Pack, tools: Tools, given: Given) -> Findings:
    """The entry is about this pack and signed; the proof leads from it to a checkpoint that the log's key signed."""
    if "index" not in pack.entries:
        yield not_indexed(pack)
        return
    for name in pack.names("index"):
        if f"index/{name}" not in {ENTRY, PROOF}:
            where = f"index/{name}" if name.isascii() else ascii(name)
            yield Finding("INDEX_FILE_UNLISTED", "Only the entry and its proof lie here.", where)
    number, hashes, pem, checkpoint = placed(PROOF, lambda: proof_of(pack.read(PROOF)))
    read, raw = placed(ENTRY, lambda: entry_of(pack.read(ENTRY), pem))
    entry_about(pack, decode_object(read.payload))
    if ENGINE_PUB in pack.entries and read.keyid not in reviewed_engine(pack):
        words = "Another engine signed the entry than the one whose key was signed with the review."
        raise Finding("INDEX_OTHER_ENGINE", words, ENTRY)
    yield from as_seen(pack, checkpoint)
    yield from at_path(ENTRY, entry_signed, tools, read, raw, given.keys)
    if not included(leaf_of(pack.read(ENTRY), read, pem), number, checkpoint.size, hashes, checkpoint.root):
        yield Finding("INDEX_NOT_INCLUDED", "The hashes do not lead from this entry to the root.", PROOF)
    else:
        yield from at_path(PROOF, witnessed, tools, checkpoint, number, given.logs)


def leaf_of(data: bytes, read: Envelope, pem: bytes) -> bytes:
    """What stands in the log for an envelope: the canonical body of Rekor's ``dsse`` 0.0.1."""
    hashes = [{"algorithm": "sha256", "value": digest(part)} for part in (data, read.payload)]
    signature, verifier = (base64.b64encode(part).decode() for part in (read.signature, pem))
    signatures = [{"signature": signature, "verifier": verifier}]
    spec = {"envelopeHash": hashes[0], "payloadHash": hashes[1], "signatures": signatures}
    return encode({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})


def reviewed_engine(pack: Pack) -> set[str]:
    """The id of the engine's key that people signed with the review; none where what lies there is no key."""
    pem = pack.read(ENGINE_PUB)
    try:
        return set(engine_key(pem))
    except Finding:
        return set()


def not_indexed(pack: Pack) -> Finding:
    """A pack without index/ says so; unless somebody who signed saw the index before."""
    for path, _ in seen_by(pack):
        return Finding("INDEX_REMOVED", "A signer saw the index before signing; index/ was taken away.", path)
    return Finding("INDEX_ABSENT", "The pack does not say where it stands in an evidence index.", "", 0)


def seen_by(pack: Pack) -> Iterator[tuple[str, Any]]:
    """The checkpoints that signers saw, by their sign-offs; what is none is reported where the sign-off is judged."""
    for path in [f"review/{name}" for name in pack.names("review") if name.endswith(".signoff.json")]:
        seen = None if list(caught(pack.json, path)) else at(pack.json(path), "predicate", "index_seen")
        if has(seen, origin=is_text, size=is_count, root=is_digest):
            yield path, seen


def as_seen(pack: Pack, now: Checkpoint) -> Findings:
    """The proof is of the log that the signers saw: whoever signed names it, and one root for one size."""
    for path, seen in seen_by(pack):
        if at(seen, "origin") != now.origin:
            yield Finding("INDEX_OTHER_LOG", "The signer saw another log.", path)
        elif at(seen, "size") == now.size and at(seen, "root") != now.root.hex():
            yield Finding("INDEX_FORKED", "A signer saw other entries in a log of this size.", path)


def placed(path: str, action: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the action gives
    """What an action gives; what it finds wrong gets its place."""
    try:
        return action()
    except Finding as problem:
        problem.where = path
        raise


def entry_of(data: bytes, pem: bytes) -> tuple[Envelope, bytes]:
    """The envelope of an entry and the key that it names; what it says has the form of an entry."""
    read, match = envelope(data), PEM.fullmatch(pem)
    der = base64.b64decode(match[1]) if match else b""
    if not der.startswith(ED25519) or len(der) != len(ED25519 + KAT_KEY):
        raise Finding("INDEX_ENTRY_MALFORMED", "The key of the entry is no Ed25519 key in PEM.")
    said = decode(read.payload, MOST_LINE)
    if digest(der) != read.keyid or read.payload_type != IN_TOTO or not is_entry(said):
        raise Finding("INDEX_ENTRY_MALFORMED", "This is not an entry of the index.")
    return read, der[len(ED25519) :]


def is_entry(said: object) -> bool:
    """Whether a statement is an entry of the index; of other entries than a pack's the details have their names."""
    kind, details = str(at(said, "predicate", "kind")), at(said, "predicate", "details")
    is_run = RUN_ID.fullmatch if kind not in {"revocation", "key-rotation", "foreign-checkpoint"} else None
    types = (at(said, "_type"), at(said, "predicateType")) == (STATEMENT, ENTRY_TYPE)
    subject = at(said, "subject") if isinstance(at(said, "subject"), list) else []
    return (
        (types and has(said, _type=bool, predicateType=bool, subject=bool, predicate=bool))
        and (len(subject) == 1 and has(subject[0], name=plain, digest=lambda one: has(one, sha256=is_digest)))
        and has(at(said, "predicate"), kind=is_text, run_id=lambda one: fits(one, is_run), time=is_time, details=bool)
        and (kind in KINDS and isinstance(details, dict) and set(details) == set(KINDS[kind].split()))
        and (kind != "pack" or has(details, layer_id=known, git_ref=known, core_digest=is_digest, verdict=is_verdict))
    )


def fits(value: object, form: Callable[[str], object] | None) -> bool:
    """Whether it is a text of this form; without a form, whether it is null."""
    return value is None if form is None else isinstance(value, str) and bool(form(value))


def is_verdict(value: object) -> bool:
    """Whether it is one of the three words."""
    return value in ("PASS", "FAIL", UNKNOWN)


def is_time(value: object) -> bool:
    """Whether it is a time in its one form."""
    return isinstance(value, str) and not list(caught(time_of, value))


def plain(value: object, most: int = 256) -> bool:
    """Whether it is a text of one line that hides nothing."""
    text = value if isinstance(value, str) else ""
    unseen = any(unicodedata.category(sign) == "Cc" or sign in UNSEEN for sign in text)
    return bool(text.strip()) and len(text) <= most and not unseen


def known(value: object) -> bool:
    """Whether it is such a text, or null for what is not known."""
    return value is None or plain(value, 1024)


def entry_about(pack: Pack, said: Any) -> None:  # noqa: ANN401 - a statement
    """The entry speaks of this pack and its run, and says of it what the core says."""
    predicate, subject = said["predicate"], said["subject"][0]
    found = (predicate["kind"], subject["name"], subject["digest"]["sha256"], at(predicate, "details", "core_digest"))
    wanted = ("pack", pack.shaped(SEAL)["pack_id"], digest(pack.read(SEAL)), digest(pack.read(CORE)))
    if found != wanted or predicate["run_id"] != pack.json(ENVIRONMENT).get("run_id"):
        raise Finding("INDEX_OTHER_PACK", "The entry speaks of another pack or run than this one.", ENTRY)
    for name in ("layer_id", "git_ref", "verdict"):
        if at(predicate, "details", name) not in (None, pack.json(CORE).get(name)):
            raise Finding("INDEX_OTHER_PACK", f"{name} in the entry is not what the core says.", ENTRY)


def entry_signed(tools: Tools, read: Envelope, raw: bytes, keys: dict[str, bytes]) -> Finding:
    """The key that the proof carries signed the entry; whether it is the engine's, the verifier knows."""
    said = signed_by(tools, read, {read.keyid: raw})
    return said if read.keyid in keys else signed_by(tools, read, {})


def witnessed(tools: Tools, checkpoint: Checkpoint, number: int, keys: list[LogKey]) -> Finding:
    """Whether the log signed its checkpoint with a key that was brought."""
    own = {(key.name, key.id): key.raw for key in keys if key.name == checkpoint.origin}
    if not own and keys:
        words = "The checkpoint is of another log than those whose keys you brought."
        raise Finding("INDEX_FOREIGN_LOG", words)
    if not own:
        words = "No key that you brought is for the log: who signed its checkpoint is not known."
        return Finding("INDEX_KEY_UNKNOWN", words, "", 0)
    counted = [(own[name, raw[:4]], raw[4:]) for name, raw in checkpoint.signatures if (name, raw[:4]) in own]
    if not all(tools.ed25519(key, checkpoint.text.encode(), raw) for key, raw in counted):
        raise Finding("NOTE_BAD_SIGNATURE", "The log's signature does not belong to this checkpoint.")
    if not counted:
        raise Finding("NOTE_UNSIGNED", "None of the keys that you brought signed this checkpoint.", "", 5)
    return good(f"Entry {number} of the {checkpoint.size} that the log {checkpoint.origin} signed.")


# --- decision: what people signed ---


class Signer(NamedTuple):
    """One line of allowed_signers: a person, their key, what it may sign, and from when on (``YYYYmmddHHMMSS``)."""

    principal: str
    key: bytes
    namespaces: list[str]
    after: str
    line: str


def signers_of(data: bytes) -> list[Signer]:
    """Read allowed_signers, more strictly than OpenSSH: a line is one person, one key, and what it may sign."""
    found, owners = list[Signer](), dict[bytes, str]()
    try:
        text = data.decode() if len(data) <= MOST_SIGNERS and b"\0" not in data else None
    except UnicodeDecodeError:
        text = None
    if text is None:
        raise Finding("SIGNERS_UNREADABLE", "The file is too large, or is not UTF-8.", "allowed_signers", 2)
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \t\r")
        if line and not line.startswith("#"):
            signer = placed(f"allowed_signers:{number}", lambda: signer_of(line))  # noqa: B023 - called at once
            if owners.setdefault(signer.key, signer.principal) != signer.principal:
                where = f"allowed_signers:{number}"
                raise Finding("SIGNER_SHARED_KEY", "Two people have the same key: they are one actor.", where, 5)
            found.append(signer)
    if not found:
        raise Finding("TRUST_MISSING", "allowed_signers names nobody.", "", 3)
    return found


def revoked_of(data: bytes) -> dict[bytes, dt.datetime]:
    """Read revoked_keys: each key, and from when on it counts no longer. With half a list a stolen key would sign."""
    found = dict[bytes, dt.datetime]()
    for number, raw in enumerate(data.split(b"\n"), start=1):
        line = raw.strip(b" \t\r")
        if line and not line.startswith(b"#"):
            try:
                text = line.decode()
                key, since = key_of(text), [word[6:] for word in text.split()[2:] if word.startswith("since=")]
                moment = time_of(since[0]) if since else dt.datetime.min.replace(tzinfo=clock().tzinfo)
            except (UnicodeDecodeError, Finding) as error:
                raise Finding("REVOKED_LINE", "No public key with a time.", f"revoked_keys:{number}", 2) from error
            if len(since) > 1:
                raise Finding("REVOKED_LINE", "It has two times.", f"revoked_keys:{number}", 2)
            found[key] = min(moment, found.get(key, moment))
    return found


def signer_of(line: str) -> Signer:
    """One line; with some of those that OpenSSH takes, anybody could have signed."""
    match = NAME.fullmatch(line)
    name, rest = (match[1] or match[2] or "", match[3]) if match else ("", "")
    if not rest or len(rest) > MOST_KEY_TEXT:
        words = 'A line reads: NAME namespaces="gonogo-signoff@v1,gonogo-close@v1" ssh-ed25519 AAAA...'
        raise Finding("SIGNER_LINE", words, "", 2)
    if "," in name:
        raise Finding("SIGNER_SEVERAL", "A line names one person.", "", 5)
    if name.startswith("!") or "*" in name or "?" in name:
        raise Finding("SIGNER_PATTERN", "A pattern does not say who signs.", "", 5)
    if not plain(name) or '"' in name or not name.isprintable() or name != name.strip():
        raise Finding("SIGNER_LINE", f"{name!a} cannot be the name of a signer.", "", 2)
    if unicodedata.normalize("NFC", name) != name:
        raise Finding("SIGNER_LINE", "The name is not in Unicode normal form C.", "", 2)
    given, rest = options_of(rest)
    key, names_ = key_of(rest), (given.get("namespaces") or "").split(",")
    if not all(re.fullmatch(r"[!-~]+", one) and not re.search(r"[*?!]", one) for one in names_):
        raise Finding("SIGNER_WITHOUT_NAMESPACE", "A line says what the key may sign, without patterns.", "", 5)
    after, before = (span_of(given[option]) if option in given else "" for option in ("valid-after", "valid-before"))
    if after and before and after >= before:
        raise Finding("SIGNER_TIME", "valid-before is not after valid-after.", "", 2)
    return Signer(name, key, names_, after, line)


def options_of(rest: str) -> tuple[dict[str, str], str]:
    """The options in front of a key, names in any case, and the rest."""
    found = dict[str, str]()
    while not (re.match(r"(ssh-|ecdsa-|sk-)", rest) and not found):
        match = OPTION.match(rest)
        name = match[1].lower() if match else ""
        known_ = name in {"namespaces", "valid-after", "valid-before", "cert-authority"} and name not in found
        if match is None or not known_ or (match[2] is None) != (name == "cert-authority"):
            raise Finding("SIGNER_OPTION", "An option is unknown, given twice or not in quotes.", "", 2)
        found[name], rest = match[2] or "", rest[match.end() :]
        if rest[:1] != ",":
            break
        rest = rest[1:]
    if found and rest[:1] not in {" ", "\t"}:
        raise Finding("SIGNER_OPTION", "After the options a space and the key are expected.", "", 2)
    if "cert-authority" in found:
        raise Finding("SIGNER_CERT_AUTHORITY", "A certificate authority does not say who signs.", "", 5)
    return found, rest.strip(" \t")


def span_of(text: str) -> str:
    """A time of an option, to the second; a time of day is UTC and says so with its Z."""
    match = SPAN.fullmatch(text)
    moment = f"{match[1]}{match[2] or '0000'}{match[3] or '00'}" if match and not (match[2] and not match[4]) else ""
    try:
        return f"{dt.datetime.strptime(moment, '%Y%m%d%H%M%S'):%Y%m%d%H%M%S}"  # noqa: DTZ007 - UTC, as text
    except ValueError as error:
        raise Finding("SIGNER_TIME", f"This is no time in UTC: {text!a}", "", 2) from error


def key_of(text: str) -> bytes:
    """The key of a line in its wire format: of a type that may sign, in its one form, and not too weak."""
    kind, encoded, *_ = [*re.split(r"[ \t]+", text, maxsplit=2), ""]
    try:
        blob = unbase64(encoded)
    except Finding as error:
        raise Finding("SIGNER_KEY", "The key on this line is not base64 in its one form.", "", 2) from error
    inner = fields(blob)
    if inner[:1] != [kind.encode()] or not is_key(kind, inner[1:]):
        raise Finding("SIGNER_KEY", "The key on this line cannot be used: its type, form or length.", "", 2)
    return blob


def is_key(kind: str, parts: list[bytes]) -> bool:
    """Whether these are the fields of a key of this type; a security key's last one names its application."""
    if kind in {"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"}:
        kind, (*parts, application) = kind[len("sk-") : -len("@openssh.com")], parts or [b"\0"]
        if not re.fullmatch(rb"[ -~]*", application):
            return False
    sizes = [len(part) for part in parts]
    curve = kind[len("ecdsa-sha2-") :]
    if kind == "ssh-ed25519":
        return sizes == [len(KAT_KEY)]
    if kind == "ssh-rsa" and len(parts) == len(("exponent", "modulus")):
        e, n = (int.from_bytes(part, "big") for part in parts)
        shortest = parts == [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (e, n)]
        return shortest and n.bit_length() in RSA_BITS and e in RSA_EXPONENTS and e % 2 == 1
    point = [len(curve), CURVES.get(curve)]
    return kind.startswith("ecdsa-sha2-") and sizes == point and parts[0] == curve.encode() and parts[1][0] == 4  # noqa: PLR2004 - a point in full


def signature_of(armored: bytes) -> tuple[bytes, str]:
    """Key and namespace of an SSH signature in the exact form that ssh-keygen writes."""
    if len(armored) > MOST_ARMOR or not (armored.startswith(BEGIN) and armored.endswith(END)):
        raise Finding("SSHSIG_MALFORMED", "This is not an SSH signature.")
    text = armored[len(BEGIN) : -len(END)].replace(b"\n", b"")
    blob = unbase64(text.decode("ascii", "replace"), "SSHSIG_MALFORMED")
    if BEGIN + b"".join(text[start : start + 70] + b"\n" for start in range(0, len(text), 70)) + END != armored:
        raise Finding("SSHSIG_NOT_CANONICAL", "The signature is not in the form that ssh-keygen writes.")
    parts = fields(blob[len(SSHSIG) :])
    if not blob.startswith(SSHSIG) or len(parts) != len(("key", "namespace", "reserved", "hash", "signature")):
        raise Finding("SSHSIG_MALFORMED", "This is not an SSH signature of version 1.")
    key, namespace, reserved, hashed, signature = parts
    if reserved or not namespace or not all(re.fullmatch(rb"[ -~]*", name) for name in (namespace, hashed)):
        raise Finding("SSHSIG_MALFORMED", "This is not an SSH signature: its fields are not what they should be.")
    if hashed not in {b"sha256", b"sha512"}:
        raise Finding("SSHSIG_HASH", f"The signature uses the hash {hashed!a}; sha256 and sha512 are allowed.")
    if b"ssh-ed25519" in key and out_of_range(signature):
        words = "The signature is not in its one form (RFC 8032, 5.1.7); ssh-keygen would take it all the same."
        raise Finding("SSHSIG_BAD", words)
    return key, namespace.decode("ascii")


def fields(blob: bytes) -> list[bytes]:
    """The fields of an SSH blob, each with its length in front; none where it ends within one."""
    found, start = list[bytes](), 0
    while start < len(blob):
        end = start + 4 + int.from_bytes(blob[start : start + 4], "big")
        if end > len(blob) or start + 4 > len(blob):
            return []
        found.append(blob[start + 4 : end])
        start = end
    return found


def out_of_range(signature: bytes) -> bool:
    """Whether the number S of an Ed25519 signature is not below the order of the group: ssh-keygen does not look."""
    end = 4 + int.from_bytes(signature[:4], "big")  # the algorithm; a security key's flags follow the signature
    value = signature[end + 4 : end + 4 + SIGNATURE_BYTES]
    return int.from_bytes(value[SIGNATURE_BYTES // 2 :], "little") >= ED25519_ORDER


def utc(text: str) -> dt.datetime:
    """A time ``YYYY-MM-DDTHH:MM:SSZ`` in its one form, UTC; raises ``ValueError``."""
    moment = dt.datetime.strptime(text, TIME).replace(tzinfo=dt.timezone.utc)  # noqa: UP017 - for Python 3.9
    if moment.strftime(TIME) != text:
        raise ValueError(text)
    return moment


def clock() -> dt.datetime:
    """What time it is, aware."""
    return dt.datetime.now(dt.timezone.utc)  # noqa: UP017 - for Python 3.9


def time_of(text: object) -> dt.datetime:
    """The time in a statement."""
    try:
        return utc(str(text))
    except ValueError as error:
        raise Finding("STATEMENT_MALFORMED", "A time reads YYYY-MM-DDTHH:MM:SSZ.") from error


def is_statement(said: dict[str, Any], namespace: str) -> bool:
    """Whether it has its published shape, hides nothing, and its times, days and numbers are such."""
    if any(departures(said, SHAPES[STATEMENTS[namespace]])):
        return False
    about, conditions = said["predicate"], at(said, "predicate", "conditions") or []
    names = [about["principal"], at(about, "index_seen", "origin"), at(about, "evidence", "name")]
    names += [one[name] for one in conditions for name in ("owner", "text")]
    days = [f"{one['due']}T00:00:00Z" for one in conditions]
    return (
        all(plain(name, MOST_INTEGER) for name in names if name is not None)
        and plain(about.get("reason", "-").replace("\n", "-"), MOST_INTEGER)
        and all(map(is_time, (about["issued"], about.get("not_after", about["issued"]), *days)))
        and about.get("not_after", "~") > about["issued"]
        and [one["number"] for one in conditions] == list(range(1, len(conditions) + 1))
        and all(map(SEGMENT.fullmatch, about["card"]["path"].split("/") if "card" in about else ()))
        and at(about, "evidence", "sha256") in (None, said["subject"][-1]["digest"]["sha256"])
    )


class Decision:
    """What the sign-offs of a pack say, by the signers and at the time that the verifier brings."""

    def __init__(self, pack: Pack, tools: Tools, given: Given) -> None:
        self.pack, self.tools, self.signers, self.now = pack, tools, given.signers, given.now
        self.needs_remote, self.revoked, self.vouched = given.needs_remote, given.revoked, False
        self.asked: dict[str, Any] | None = None
        """What the engine asked of people, where that lies in the pack."""
        self.valid: dict[str, dict[str, Any]] = {}
        """The predicates of good sign-offs, by the statements' digests."""

    def findings(self, keys: dict[str, bytes]) -> Findings:
        """Signatures, what they are about, the outcome. Who and how many must sign is a policy: not judged here."""
        paths = [f"review/{name}" for name in self.pack.names("review") if name.endswith(".signoff.json")]
        outcome, self.vouched = self.outcome(keys) if OUTCOME in self.pack.entries else (None, False)
        if outcome is not None and not paths:
            raise Finding("OUTCOME_UNSIGNED", "An outcome without a sign-off.", OUTCOME)
        self.asked = self.request() if paths and REQUEST in self.pack.entries else None
        moment = time_of(outcome["committed"]) if outcome else self.now
        found = [one for path in paths for one in at_path(path, self.signed, path, moment)]
        yield from found
        if any(one.verdict != "PASS" for one in found):
            return  # each of them says why, and none of those answers is exit 0
        if outcome is None:
            list(self.closed([]))  # where nothing is decided there is nothing to close
            raise Finding("SIGNOFF_WAITS", "No decision is committed yet.", "review/", 4)
        yield from self.decided(outcome)
        remote = ", remote checks" if self.needs_remote is None else ""
        words = f"Quorum, roles{remote}, drills, a replay's provenance, separation of duties and presence "
        words += "are not judged here; "
        words += (
            "the engine says that they were met."
            if self.vouched
            else "no engine key was brought that vouches for them."
        )
        yield Finding(NOT_CHECKED, words, "", 0 if self.vouched else 3)

    def outcome(self, keys: dict[str, bytes]) -> tuple[dict[str, Any], bool]:
        """The engine's record of the commit, by the key that people signed; and whether that key was brought."""
        own = engine_key(self.pack.read(ENGINE_PUB))
        said = self.by_its_engine(OUTCOME, own)
        if not is_text(at(said, "committed")) or not isinstance(at(said, "signoffs"), list):
            raise Finding("OUTCOME_MALFORMED", "This is not an outcome.", OUTCOME)
        return said, bool(set(own) & set(keys))

    def request(self) -> dict[str, Any]:
        """What was asked, by the same key; a sign-off answers it and no other."""
        said: dict[str, Any] = self.by_its_engine(REQUEST, engine_key(self.pack.read(ENGINE_PUB)))
        if not all(isinstance(at(said, name), str) for name in ("request_id", "policy_digest", "issued", "expires")):
            raise Finding("REQUEST_DIFFERS", "This is not a request.", REQUEST)
        return said

    def by_its_engine(self, path: str, own: dict[str, bytes]) -> Any:  # noqa: ANN401 - any JSON
        """What an envelope says that the engine signed whose key people signed with the review."""
        read = envelope(self.pack.read(path))
        if read.keyid not in own:
            raise Finding("OUTCOME_OTHER_ENGINE", "Another engine wrote it than the signed one.", path)
        about_seal(self.pack, self.tools, own, path, PREDICATES[path])
        return at(decode(read.payload), "predicate")

    def answers(self, predicate: dict[str, Any], moment: dt.datetime) -> None:
        """Refuse a sign-off that answers another request than the one that lies here."""
        asked = self.asked or {}
        if predicate["request_id"] != asked["request_id"]:
            raise Finding("SIGNOFF_STALE_REQUEST", "The sign-off answers another request.", "", 5)
        if predicate["policy_digest"] != asked["policy_digest"]:
            raise Finding("POLICY_CHANGED", "It was signed under another policy than the one that was asked.", "", 5)
        if moment > time_of(asked["expires"]):
            raise Finding("REQUEST_EXPIRED", "The request ended before.", "", 5)
        if time_of(predicate["issued"]) < time_of(asked["issued"]) - SKEW:
            raise Finding("SIGNOFF_BEFORE_REQUEST", "It was signed before anybody was asked.", "", 5)

    def signed(self, path: str, moment: dt.datetime) -> Finding:
        """One sign-off: whose it is, and that it is about this pack, this review, and what may be released."""
        said, seal = self.judge(path, SIGNOFF, moment, vouched=self.vouched), digest(self.pack.read(SEAL))
        predicate = said["predicate"]
        review, wanted = digest(self.pack.read(REVIEW)), self.pack.shaped(SEAL)["pack_id"]
        subjects = [(at(one, "name"), at(one, "digest", "sha256")) for one in said["subject"]]
        if predicate["run_id"] != self.pack.json(ENVIRONMENT).get("run_id") or subjects[0][0] != wanted:
            raise Finding("SIGNOFF_OTHER_RUN", "This sign-off is about another run.", "", 5)
        if subjects != [(wanted, seal), ("review", review)]:
            what = "SIGNOFF_STALE_REVIEW" if subjects[0][1] == seal else "SIGNOFF_STALE_PACK"
            raise Finding(what, "Pack or review is not the one that was signed.", "", 5)
        if self.asked is not None:
            self.answers(predicate, moment)
        if moment > time_of(predicate["not_after"]):
            raise Finding("REQUEST_EXPIRED", "The sign-off ended before.", "", 5)
        if time_of(predicate["issued"]) > moment + SKEW:
            raise Finding("SIGNOFF_FROM_THE_FUTURE", "The sign-off was signed later.", "", 5)
        decision, (verdict, unclear) = predicate["decision"], self.shown()
        if decision != "NO-GO" and verdict not in {"PASS", UNKNOWN}:
            raise Finding("FAIL_NOT_COVERED", f"The verdict is {verdict}: no decision releases that.", "", 5)
        if decision == "GO" and (verdict != "PASS" or unclear):
            raise Finding("GO_NOT_RELEASABLE", "What is INCONCLUSIVE is not released as GO.", "", 5)
        if self.needs_remote and decision != "NO-GO":
            self.released(predicate)
        card, listed = predicate["card"], self.pack.shaped(REVIEW)["files"]
        if at(listed, card["path"].replace("review/", "", 1), "sha256") != card["sha256"]:
            words = f"The signer was shown another card than those of the review: {card['path']!a}."
            raise Finding("CARD_DIFFERS", words)
        self.valid[digest(self.pack.read(path))] = predicate
        return good(f"{predicate['principal']} signed {decision}; presence {predicate['presence']}, as claimed.")

    def released(self, predicate: dict[str, Any]) -> None:
        """Where policy needs the forge's checks: a GO needs them green, a condition names them where they are open."""
        seen = remote(self.pack)
        if seen == "FAIL":
            raise Finding("REMOTE_CHECKS_FAILED", "Required remote checks of this commit failed.", "", 5)
        if seen != "PASS" and predicate["decision"] == "GO":
            raise Finding("REMOTE_CHECKS_REQUIRED", "Remote checks were not seen green for this commit.", "", 5)
        texts = [str(at(condition, "text")) for condition in predicate["conditions"]]
        if seen != "PASS" and not any(re.search(r"(?i)(?<![\w.-])A-REMOTE(?![\w-]|\.\w)", text) for text in texts):
            raise Finding("CONDITION_MISSING", "No condition names A-REMOTE, which could not be checked.", "", 5)

    def shown(self) -> tuple[str, bool]:
        """The verdict of the whole run, the worse of core and recommendation; whether anything could not be shown."""
        core, said = self.pack.json(CORE), self.pack.json(RECOMMENDED) if RECOMMENDED in self.pack.entries else {}
        checks: list[Any] = said["checks"] if isinstance(said.get("checks"), list) else []
        verdicts = [core.get("verdict"), said.get("result"), *(at(check, "verdict") for check in checks)]
        worst = "FAIL" if "FAIL" in verdicts else "PASS" if all(one == "PASS" for one in verdicts) else UNKNOWN
        return worst, bool(core.get("inconclusive") or said.get("inconclusive"))

    def judge(self, path: str, namespace: str, moment: dt.datetime, *, vouched: bool = False) -> dict[str, Any]:
        """The statement that an allowed signer signed for this purpose, by ``ssh-keygen`` at that time."""
        message, armored, said = self.pack.read(path), self.pack.read(f"{path}.sig"), self.pack.json(path)
        if not is_statement(said, namespace):
            raise Finding("STATEMENT_MALFORMED", "This is no such statement.")
        key, given = signature_of(armored)
        if given != namespace:
            raise Finding("SIGNATURE_NAMESPACE", f"The signature was made for {given!a}.", "", 5)
        if not self.tools.ssh(["check-novalidate", "-n", namespace], message, armored):
            raise Finding("SSHSIG_BAD", "The signature does not belong to these bytes.")
        known = [one for one in self.signers if one.key == key]
        allowed = [one for one in known if namespace in one.namespaces]
        if not allowed:
            what = "SIGNER_NAMESPACE" if known else "SIGNER_UNTRUSTED"
            raise Finding(what, "No allowed signer has this key for this.", "", 5)
        principal = allowed[0].principal
        if said["predicate"]["principal"] != principal:
            raise Finding("PRINCIPAL_MISMATCH", f"It was signed with the key of {principal!a}.", "", 5)
        if key in self.revoked and moment >= self.revoked[key]:
            raise Finding("SIGNER_REVOKED", f"The key of {principal!a} is revoked.", "", 5)
        lines = self.tools.file("allowed_signers", "".join(f"{one.line}\n" for one in allowed).encode())
        verify = ["verify", "-f", lines, "-I", principal, "-n", namespace, f"-Overify-time={moment:%Y%m%d%H%M%S}"]
        if not self.tools.ssh(verify, message, armored):
            early = all(one.after > f"{moment:%Y%m%d%H%M%S}" for one in allowed)
            words = "ssh-keygen does not take the key for the signer's at that time."
            raise Finding("SIGNER_NOT_YET_VALID" if early else "SIGNER_EXPIRED", words, "", 5)
        if key in self.revoked and not vouched:
            words = f"The key of {principal!a} was revoked, and nobody here vouches for the time."
            raise Finding("SIGNER_REVOKED_WHEN", words, "", 3)
        return said

    def decided(self, outcome: dict[str, Any]) -> Findings:
        """The outcome names the sign-offs that decided it, and is what they say; then GO, NO-GO, or the conditions."""
        chosen = [self.valid.get(str(sha), {}) for sha in outcome["signoffs"]]
        denied = [sha for sha, one in self.valid.items() if one["decision"] == "NO-GO"]
        counted = denied if outcome.get("decision") == "NO-GO" else [*self.valid]
        counted.sort(key=lambda sha: (self.valid[sha]["principal"], sha))
        others = outcome.get("decision") != "NO-GO" and denied  # whose approvals count beside those is a policy's word
        if outcome["signoffs"] != counted and not others:
            raise Finding("OUTCOME_DIFFERS", "The outcome is by other sign-offs than those that lie here.", OUTCOME)
        said = {one.get("decision") for one in chosen}
        made = next((word for word in DECISIONS if word in said), None)
        about = [one.get(key) != outcome.get(key) for one in chosen for key in ("request_id", "policy_digest")]
        same = outcome.get("decision") == made and outcome.get("review_digest") == digest(self.pack.read(REVIEW))
        if not same or not about or any(about) or None in said:
            raise Finding("OUTCOME_DIFFERS", "The outcome is not what the sign-offs say.", OUTCOME)
        finished = self.pack.json(ENVIRONMENT).get("finished")
        if is_text(finished) and time_of(outcome["committed"]) < time_of(finished) - SKEW:
            raise Finding("OUTCOME_TOO_EARLY", "Committed before the run had finished.", OUTCOME)
        if others:
            raise Finding(NOT_CHECKED, "Somebody signed NO-GO, and only the policy says what that means.", OUTCOME, 3)
        closed = set(self.closed(counted))
        if made == "NO-GO":
            raise Finding("DECIDED_NO_GO", "The decision is NO-GO.", "", 1)
        yield good(f"{made}, committed {outcome['committed']}.", OUTCOME)
        for sha, one in zip(outcome["signoffs"], chosen):  # noqa: B905 - as long as each other; strict is of 3.10
            for condition in one["conditions"]:
                open_yet = (sha, repr(at(condition, "number"))) not in closed
                words = f"Condition: {at(condition, 'text')}"
                yield Finding("CONDITION_OPEN", words, "", 4) if open_yet else good(f"{words} (closed)")

    def closed(self, signoffs: list[str]) -> Iterator[tuple[str, str]]:
        """The conditions that somebody closed: by a key that was good then and is now; nobody witnessed the time.

        Of a decision without conditions too: what lies here is a good close of one of these sign-offs, or is refused.
        """
        for name in self.pack.names("review"):
            if ".close-" in name and name.endswith(".json"):
                issued = time_of(at(self.pack.json(f"review/{name}"), "predicate", "issued"))
                said = self.judge(f"review/{name}", CLOSE, min(issued, self.now))  # nobody vouches for that time
                pack, signoff, _ = (one["digest"]["sha256"] for one in said["subject"])
                ours = said["predicate"]["run_id"] == self.pack.json(ENVIRONMENT).get("run_id")
                if not ours or pack != digest(self.pack.read(SEAL)) or signoff not in signoffs:
                    raise Finding("CLOSE_OTHER_RUN", "This close is about another decision.", f"review/{name}", 5)
                if not time_of(self.valid[signoff]["issued"]) - SKEW <= issued <= clock() + SKEW:
                    raise Finding("CLOSE_TIME", "Closed before the decision, or still to come.", f"review/{name}", 5)
                try:
                    self.judge(f"review/{name}", CLOSE, self.now)
                except Finding as problem:
                    words = "The key is not valid now, and nobody here vouches for the time."
                    raise Finding("SIGNER_VALID_WHEN", words, f"review/{name}", 3) from problem
                if issued > self.now + SKEW:
                    continue
                yield signoff, repr(said["predicate"]["condition"])


def needs_remote(data: bytes) -> bool:
    """Whether a sign-off policy needs the forge's checks, by the plain line that says so.

    Python 3.9 reads no TOML. A file in which that could be said in another way is refused, never guessed at.
    """
    text = data.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    said = [NEEDS_REMOTE.fullmatch(line) for line in lines if "remote_checks" in line]
    hidden = any(mark in line for line in lines for mark in ("\\", "'''", '"""'))
    if hidden or len(said) > 1 or None in said or 'schema = "gonogo/signoff/v1"' not in lines:
        words = 'This is no signoff.toml that is plain enough: one line, remote_checks = "required" or "advisory".'
        raise Finding("FILE_UNUSABLE", words, "--policy", 2)
    return any(one is not None and one[1] == "required" for one in said)


def remote(pack: Pack) -> str | None:
    """What the forge's required checks of this commit came to, from what the pack holds of them; None where nothing."""
    held = at(pack.json(ENVIRONMENT), "observed", "preflight_snapshot", "remote")
    if not isinstance(held, dict):
        return None
    said = [at(held, "checks", str(name)) for name in listed(held.get("required"))]
    if not said or held.get("commit") != pack.json(CORE).get("git_ref"):
        return UNKNOWN
    if "failure" in said or "cancelled" in said:
        return "FAIL"
    green = held.get("whole") is True and "success" in said and all(one in ("success", "skipped") for one in said)
    return "PASS" if green else UNKNOWN


# --- the command ---


class Given(NamedTuple):
    """What the verifier brings."""

    keys: dict[str, bytes]
    signers: list[Signer]
    now: dt.datetime
    logs: list[LogKey]
    revoked: dict[bytes, dt.datetime]
    needs_remote: bool | None = None
    """Whether the policy asks for the forge's checks; None where none was brought."""
    drill: bool = False


def plan(pack: Pack, tools: Tools, given: Given) -> list[tuple[str, str, Callable[[], Findings]]]:
    """Every check in its order: its name, its question, and what does it."""
    return [
        ("authentic.structure", AUTHENTIC, lambda: structure(pack)),
        ("authentic.canonical", AUTHENTIC, lambda: canonical(pack)),
        ("authentic.declared", AUTHENTIC, lambda: declared(pack)),
        ("authentic.files", AUTHENTIC, lambda: files(pack)),
        ("authentic.seal", AUTHENTIC, lambda: seal(pack)),
        ("authentic.core", AUTHENTIC, lambda: core(pack)),
        ("authentic.data", AUTHENTIC, lambda: payload(pack)),
        ("authentic.single-file", AUTHENTIC, lambda: single_file(pack)),
        ("authentic.review", AUTHENTIC, lambda: review(pack)),
        ("authentic.guide", AUTHENTIC, lambda: guide(pack)),
        ("authentic.replay", AUTHENTIC, lambda: replay(pack)),
        ("verdict.schema", VERDICT, lambda: shapes(pack)),
        ("verdict.fields", VERDICT, lambda: demanded(pack)),
        ("verdict.ids", VERDICT, lambda: named(pack)),
        ("verdict.gates", VERDICT, lambda: gates_planned(pack)),
        ("verdict.overall", VERDICT, lambda: overall(pack)),
        ("verdict.drill", VERDICT, lambda: of_drill(pack, given.drill)),
        ("authentic.engine", AUTHENTIC, lambda: engine(pack, tools, given.keys)),
        ("authentic.attestations", AUTHENTIC, lambda: attestations(pack, tools, given.keys)),
        ("authentic.duties", AUTHENTIC, lambda: duties(pack, tools, given.keys)),
        ("authentic.index", AUTHENTIC, lambda: index(pack, tools, given)),
        ("decision.statements", DECISION, lambda: statements(pack)),
        ("decision.signed", DECISION, lambda: decision(pack, tools, given)),
    ]


def guide(pack: Pack) -> Findings:
    """The page of commands is not made again here; one that names no renderer that is known nobody should follow."""
    if GUIDE in pack.entries:
        if pack.read(GUIDE).split(b"\n")[0] not in RENDERERS:
            words = "VERIFY.md names no renderer that is known here: do not run what it says."
            raise Finding("GUIDE_OTHER_RENDERER", words, GUIDE, 3)
        words = "VERIFY.md is not compared: do not run what it says before gonogo, or you yourself, compared it."
        yield Finding(NOT_CHECKED, words, GUIDE, 0)


def replay(pack: Pack) -> Findings:
    """Which sealed live run recorded what a replay answered from, by the word of the engine that replayed."""
    around = pack.json(ENVIRONMENT)
    if around.get("mode") != "replay":
        return
    told: Any = around.get("observed")
    for name in ("execution", "replay"):
        told = told.get(name) if isinstance(told, dict) else None
    known = isinstance(told, dict) and told.get("provenance") == "sealed"
    if not known or not all(isinstance(told.get(name), str) and told[name] for name in REPLAYED):
        words = "provenance: unproven. No sealed run vouches for the transcripts that this replay answered from."
        yield Finding("REPLAY_UNPROVEN", words, ENVIRONMENT, 0)


def single_file(pack: Pack) -> Findings:
    """The file beside the pack says nothing that the pack does not say: read the pack."""
    beside = pack.folder.resolve()
    if os.path.lexists(beside.with_name(f"{beside.name}.json")):
        yield Finding(NOT_CHECKED, "The single file beside the pack is not compared: read the pack instead.", "", 0)
    else:
        yield Finding("SINGLE_FILE_ABSENT", "No single file lies beside the pack; all of it is in the pack too.", "", 0)


def decision(pack: Pack, tools: Tools, given: Given) -> Findings:
    """People's decisions, by who may sign; without that nobody can say what was decided: exit 3, as gonogo."""
    if not given.signers:
        raise Finding("TRUST_MISSING", "Nobody is known who may sign: bring --allowed-signers FILE.", "", 3)
    if any(list(caught(pack.shaped, path)) for path in SHAPES if path in {*DOCUMENTS, SEAL} or path in pack.entries):
        raise Finding(NOT_CHECKED, "The pack's own documents cannot be read as what they should be.", "", 3)
    return Decision(pack, tools, given).findings(given.keys)


def verify(folder: Path, given: Given) -> list[Finding]:
    """All findings about a pack. Raises :class:`Finding` where there is no pack at all."""
    pack, found = Pack(folder), list[Finding]()
    with tempfile.TemporaryDirectory() as scratch:
        for name, area, action in plan(pack, Tools(Path(scratch)), given):
            said = list[Finding]()
            try:
                said.extend(action())
            except Finding as problem:
                said.append(problem)
            silent = name in SILENT
            for one in said[:MOST_SAID] or ([] if silent else [good("As it should be.")]):
                one.id, one.area = name, area
                found.append(one)
    return list(once(found))


def once(found: list[Finding]) -> Findings:
    """The first to report a broken file says what is wrong; the others say that they could not look."""
    first = dict[tuple[str, str], str]()
    for one in found:
        reporter = first.setdefault((one.code, one.where), one.id)
        if one.verdict == "FAIL" and one.where and reporter != one.id:
            other = Finding(NOT_CHECKED, f"Not looked at, because of {one.code}.", one.where, 3)
            other.id, other.area = one.id, one.area
            yield other
        else:
            yield one


def answer(found: list[Finding], area: str) -> str | None:
    """The verdict of an area: the worst of its findings without the limits; None where nobody asked."""
    listed = [one for one in found if one.area == area]
    return worst(one.verdict for one in listed if not one.limit) if listed else None


def exit_of(found: list[Finding]) -> int:
    """The worst exit code; a question to which there are nothing but limits is 3."""
    codes = {one.exit_code for one in found}
    if any(all(one.limit for one in found if one.area == area) for area in (AUTHENTIC, VERDICT)):
        codes.add(3)
    return next(code for code in ORDER if code in codes)


def document(found: list[Finding], exit_code: int) -> str:
    """The report for ``--json``."""
    not_checked = sorted({one.id for one in found if one.code == NOT_CHECKED})
    areas = {area: answer(found, area) for area in AREAS}
    report = {"schema": "gonogo/verify-pack/v1", **areas, "exit_code": exit_code, "not_checked": not_checked}
    return json.dumps({**report, "checks": [one.json() for one in found]}, indent=1)


def human(found: list[Finding], exit_code: int) -> str:
    """The report for people: ASCII alone, so that nothing in it can move a cursor or turn the writing round."""
    marks = {"PASS": "ok  ", "FAIL": "FAIL", UNKNOWN: "?   "}
    rows = [(marks[one.verdict], one.id, one.code, one.words, one.where and f"[{one.where}]") for one in found]
    lines = [f"{mark} {name:<23} {what:<18} {words} {where}".rstrip() for mark, name, what, words, where in rows]
    areas = ", ".join(f"{area} {answer(found, area) or 'not asked'}" for area in AREAS)
    lines += ["", f"{areas}; exit {exit_code}. What has a question mark was not, or could not be, checked."]
    return "\n".join(ascii(line)[1:-1] for line in lines)


def brought(path: str) -> bytes:
    """A file that the verifier names: a regular one of at most 16 MiB, for a pipe or a device may never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_ENVELOPE:
                raise Finding("FILE_UNUSABLE", "The file is too large, or no regular file.", path, 2)
            return b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise unreadable(error, path) from error
        raise Finding("FILE_NOT_FOUND", f"It cannot be read: {error}", path, 2) from error


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="verify_pack.py", description="Verify a gonogo evidence pack.")
    parser.add_argument("pack", type=Path, help="the folder EVP-...")
    parser.add_argument("--allowed-signers", metavar="FILE", help="who may sign, in OpenSSH's form; bring your own")
    parser.add_argument("--revoked-keys", metavar="FILE", help="keys that count no longer, and since when")
    parser.add_argument("--engine-key", metavar="FILE", help="the engine's public key, PEM; bring your own")
    parser.add_argument("--vkey", metavar="FILE", help="verifier keys of the evidence index; bring your own")
    parser.add_argument("--policy", metavar="FILE", help="the sign-off policy, signoff.toml; bring your own")
    parser.add_argument("--at", metavar="TIME", type=utc, help="judge at YYYY-MM-DDTHH:MM:SSZ instead of now")
    parser.add_argument("--drill", action="store_true", help="a drill's pack is wanted; without this one is refused")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    given = parser.parse_args(arguments)
    try:
        keys = engine_key(brought(given.engine_key)) if given.engine_key else {}
        signers = signers_of(brought(given.allowed_signers)) if given.allowed_signers else []
        now = given.at or clock()
        logs = log_keys(brought(given.vkey)) if given.vkey else []
        revoked = revoked_of(brought(given.revoked_keys)) if given.revoked_keys else {}
        remote_asked = needs_remote(brought(given.policy)) if given.policy else None
        found = verify(given.pack, Given(keys, signers, now, logs, revoked, remote_asked, given.drill))
        code = exit_of(found)
    except Finding as problem:
        problem.id, problem.area, found, code = "input", AUTHENTIC, [problem], problem.exit_code
    except OSError as error:  # the folder for what openssl and ssh-keygen read: nothing else is written
        what = "SYSTEM_EXHAUSTED" if error.errno in EXHAUSTED else "CANNOT_WRITE"
        lost = Finding(what, f"There is no place for temporary files: {error}", str(error.filename or ""), 3)
        lost.id, lost.area, found, code = "input", AUTHENTIC, [lost], lost.exit_code
    return said((document(found, code) if given.json else human(found, code)) + "\n", code)


def said(report: str, code: int) -> int:
    """Hand the report over and return the exit code; whoever cannot take it cannot have been told that all is well."""
    out = sys.stdout
    if out is None:
        return unable("OUTPUT_LOST: the report could not be written: standard output is closed", code)
    try:
        out.write(report)
        out.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # what is still buffered would fail again
        if not isinstance(error, BrokenPipeError):
            return unable(f"OUTPUT_LOST: the report could not be written: {error.strerror}", code)
    return code


def unable(words: str, code: int = 0) -> int:
    """Say so on standard error, where there is one; no better than INCONCLUSIVE."""
    if sys.stderr is not None:
        sys.stderr.write(f"{words}\n")
    return next(worse for worse in ORDER if worse in {code, 3})


def guarded(arguments: list[str]) -> int:
    """Run the command; an error of this file itself is no NO-GO, which Python's own exit code 1 would say."""
    try:
        return main(arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing was found
        return unable(f"INTERNAL: {type(error).__name__}: {error!a}")


if __name__ == "__main__":
    sys.exit(guarded(sys.argv[1:]))
