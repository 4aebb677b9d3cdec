"""The real detectors: planted secrets are found to the byte, and what a pack consists of is no secret."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.secret_scan import MOST_FILE, OVERLAP, WINDOW
from gonogo_evidence import canonical
from support.secrets_planted import made_up, planted, private_key, rule_cache

if TYPE_CHECKING:
    from pathlib import Path

KINDS = planted()


def scan(folder: Path, *texts: bytes, code: int = 0, **more: str) -> Any:  # noqa: ANN401 - whatever it says
    """Run the program as the port does."""
    names = []
    for number, text in enumerate(texts):
        names.append(str(folder / str(number)))
        (folder / str(number)).write_bytes(text)
    order = folder / "order"
    cache = rule_cache()["XDG_CACHE_HOME"] + "/gonogo/secret-rules"
    order.write_bytes(canonical.dumps({"files": names, "cache": cache, **more}))
    argv = [sys.executable, "-P", "-m", "gonogo_agents.secret_scan", str(order)]
    env = {name: value for name, value in os.environ.items() if name != "KF_RULE_CACHE_DIR"}
    done = subprocess.run(argv, capture_output=True, check=False, env=env, timeout=120)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """What is found in each planted line, alone in its file between others."""
    lines = [f"one\n{line}\nlast\n".encode() for line, _ in KINDS.values()]
    answer = scan(tmp_path_factory.mktemp("kinds"), *lines)
    assert {"kingfisher-secret-scanner", "bc-detect-secrets"} == set(answer["detectors"])
    return {
        kind: [line[start:end] for start, end, _ in spans]
        for kind, line, spans in zip(KINDS, lines, answer["files"], strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_secret_is_found_to_the_byte(kind: str, found: dict[str, list[bytes]]) -> None:
    assert KINDS[kind][1].encode() in found[kind]


def test_keys_encodings_and_large_files(tmp_path: Path) -> None:
    key, (line, token) = private_key(tmp_path), KINDS["github"]
    packed = base64.b64encode(f"the token is {token} here".encode())
    across = b"x\n" * ((WINDOW - OVERLAP // 2) // 2) + line.encode() + b"\n" + b"y\n" * 10
    ignored = f"{line}  # gitleaks:allow kingfisher:ignore pragma: allowlist secret".encode()
    odd = b"\xff\xfe\0" + line.encode() + b"\0\xc3\n"
    texts = (f"cat k\n{key}$ ".encode(), packed, across, ignored, odd)
    answer = scan(tmp_path, *texts)
    parts = [{text[at:end] for at, end, _ in spans} for text, spans in zip(texts, answer["files"], strict=True)]
    assert any(part.startswith(b"-----BEGIN") and part.strip().endswith(b"KEY-----") for part in parts[0])
    assert any(len(part) > len(packed) // 2 for part in parts[1])
    assert all(token.encode() in one for one in parts[2:])


def test_what_a_pack_consists_of_is_no_secret(tmp_path: Path) -> None:
    digest, commit = hashlib.sha256(b"x").hexdigest(), hashlib.sha1(b"x").hexdigest()  # noqa: S324 - as git has it
    signature = base64.b64encode(hashlib.sha512(b"x").digest()).decode()
    fingerprint = base64.b64encode(hashlib.sha256(b"y").digest()).decode().rstrip("=")
    text = f"""\
{digest}  data/gates/01-tests.stdout.txt
commit {commit} parent {commit[::-1]}
SHA256:{fingerprint} ada@desk (ED25519)
run 20260109-101500-abcdef pack EVP-4BM2-L0-20260109-001 id {uuid.uuid5(uuid.NAMESPACE_URL, "x")}
"sig": "{signature}", "keyid": "{digest}", "payload": "{signature}{signature}"
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{signature[:43]} ada@desk
-----BEGIN SSH SIGNATURE-----
{signature}
-----END SSH SIGNATURE-----
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA{signature[:43]}=
-----END PUBLIC KEY-----
password = os.environ["DB_PASSWORD_2"]
token: str = settings.token_v2.value
api_key=${{API_KEY_1}}
secret = get_secret(name1)
The password must be at least 12 characters; token count 4711.
"""
    assert scan(tmp_path, text.encode(), b"", b"\n")["files"] == [[], [], []]


def test_empty_and_broken_orders_are_no_answer(tmp_path: Path) -> None:
    assert scan(tmp_path)["files"] == []
    order = tmp_path / "order"
    order.write_bytes(b"{")
    argv = [sys.executable, "-P", "-m", "gonogo_agents.secret_scan", str(order)]
    assert subprocess.run(argv, capture_output=True, check=False, timeout=60).returncode != 0
    assert MOST_FILE == 256 << 20


def test_ten_megabytes_take_seconds(tmp_path: Path) -> None:
    line = f"{made_up(60, 11)} src/a.py:12: password and token and api_key were checked\n".encode()
    import time

    began = time.monotonic()
    scan(tmp_path, line * (10_000_000 // len(line)), b"a" * 5_000_000 + b" password=x " + b"b" * 5_000_000)
    assert time.monotonic() - began < 60
