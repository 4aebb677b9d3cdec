"""allowed_signers means the same to ``verify_pack.py`` as to gonogo: what is taken, what is refused, and why."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import allowed_signers, verify_pack
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.sshwire import string
from support.signing import SoftKey

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "gonogo-signoff@v1"
KEY = SoftKey(1).public.line


def _ssh(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _blob(kind: str, *parts: bytes) -> str:
    return f"{kind} {base64.b64encode(b''.join(map(string, (kind.encode(), *parts)))).decode()}"


SK = "sk-ssh-ed25519@openssh.com"
KEYS = {
    "ed25519": KEY,
    "security key": SoftKey(2, flags=1).public.line,
    "rsa 2048": _ssh(rsa.generate_private_key(65537, 2048)),
    "rsa 1024": _ssh(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - too short on purpose
    "nistp256": _ssh(ec.generate_private_key(ec.SECP256R1())),
    "nistp384": _ssh(ec.generate_private_key(ec.SECP384R1())),
    "nistp521": _ssh(ec.generate_private_key(ec.SECP521R1())),
    "none": "",
    "type alone": "ssh-ed25519",
    "another type": KEY.replace("ssh-ed25519", "ssh-rsa"),
    "dss": _blob("ssh-dss", b"x"),
    "short": _blob("ssh-ed25519", b"x"),
    "one field more": _blob("ssh-ed25519", b"x" * 32, b"x"),
    "no application": _blob(SK, b"x" * 32),
    "nothing": _blob(SK),
    "an application that is no text": _blob(SK, b"x" * 32, b"\x01"),
    "a negative number": _blob("ssh-rsa", b"\3", b"\xff" * 256),
    "an even exponent": _blob("ssh-rsa", b"\4", b"\0" + b"\xff" * 256),
    "another curve": _blob("ecdsa-sha2-nistp256", b"nistp384", b"\4" + b"x" * 96),
    "typo": KEY[:-2] + "!!",
    "cut": KEY[:-5],
    "loose base64": f"{KEY}=",
}
NAMES = [
    *("alice", '"Jörg Ö"', "\ufeffalice", "a,b", "a*", "!a", "?", '""', '"a', "Jo\u0308rg", "a" * 257, '" a"'),
    *("\u202ea", '"#a"', '"a"b'),
]
OPTIONS = [
    *(f'namespaces="{NAMESPACE}"', f'NameSpaces="{NAMESPACE},git"', f'namespaces="{NAMESPACE},,x"', 'namespaces=""'),
    *('namespaces="*"', 'namespaces="a b"', "namespaces=x", "cert-authority", 'cert-authority="x"', "zz"),
    *('valid-after="20260101"', 'valid-before="20270101"', 'VALID-BEFORE="20270101000000Z"', 'valid-after="20270102"'),
    *('valid-after="202601011200"', 'valid-before="202701011200Z"', 'valid-after="20261301"', 'valid-after="x"'),
    *('valid-after="20260101Z"', 'valid-before="2026010112Z"', f'namespaces="{NAMESPACE}"x'),
]


def _both(data: bytes) -> list[object]:
    """What each of them reads: people, or code and exit code of the refusal."""
    said: list[object] = []
    try:
        ours = allowed_signers.parse(data, where="allowed_signers")
    except GonogoError as error:
        said.append((error.code, error.exit_code, error.where.partition(":")[0]))
    else:
        said.append([(one.principal, one.key.blob, one.namespaces) for one in ours] or ("TRUST_MISSING", 3))
    try:
        theirs = verify_pack.signers_of(data)
    except verify_pack.Finding as problem:
        where = (problem.where.partition(":")[0],) if problem.code != "TRUST_MISSING" else ()
        said.append((problem.code, problem.exit_code, *where))
    else:
        said.append([(one.principal, one.key, frozenset(one.namespaces)) for one in theirs])
    return said


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_is_taken_or_refused_alike(kind: str) -> None:
    """RSA of 1024 bits was taken, and a typo in a key was "bytes changed" (6) instead of a bad argument (2)."""
    ours, theirs = _both(f'alice namespaces="{NAMESPACE}" {KEYS[kind]} comment\n'.encode())
    assert ours == theirs
    assert isinstance(ours, list) == (list(KEYS).index(kind) < 7 and kind != "rsa 1024")


@pytest.mark.parametrize(
    "line",
    [
        f'alice valid-before="20270101",namespaces="{NAMESPACE}" {KEY}',
        f'alice NameSpaces="{NAMESPACE}" {KEY}',
        f'alice namespaces="{NAMESPACE}" {KEY}\n# \ud83d'.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
)
def test_lines_that_openssh_and_gonogo_take_were_refused(line: str) -> None:
    ours, theirs = _both(line.encode())
    assert ours == theirs
    assert isinstance(ours, list)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (f'\ufeffalice namespaces="{NAMESPACE}" {KEY}'.encode(), "SIGNER_LINE"),
        (f'alice namespaces="{NAMESPACE},,x" {KEY}'.encode(), "SIGNER_WITHOUT_NAMESPACE"),
        (f'alice namespaces="{NAMESPACE}",valid-after="202601011200" {KEY}'.encode(), "SIGNER_TIME"),
        (b"# \xff", "SIGNERS_UNREADABLE"),
        (b"# \0", "SIGNERS_UNREADABLE"),
        (b"# " + b"x" * (1 << 20), "SIGNERS_UNREADABLE"),
    ],
)
def test_lines_that_gonogo_refuses_were_taken(data: bytes, code: str) -> None:
    ours, theirs = _both(data)
    assert ours == theirs
    assert isinstance(ours, tuple)
    assert ours[0] == code


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES) | st.just("alice"),
            st.sampled_from([" ", "\t", "  "]),
            st.lists(st.sampled_from(OPTIONS), max_size=3).map(",".join),
            st.sampled_from(list(KEYS.values())) | st.just(KEY),
        ),
        max_size=3,
    )
)
def test_any_file_is_read_alike(lines: list[tuple[str, str, str, str]]) -> None:
    text = "\n".join(f"{name}{gap}{options}{' ' if options else ''}{key}" for name, gap, options, key in lines)
    ours, theirs = _both(text.encode())
    assert ours == theirs


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_garbage_is_refused_alike_and_never_a_crash(garbage: bytes) -> None:
    ours, theirs = _both(garbage)
    assert ours == theirs


@pytest.mark.parametrize("at", ["2026-1-1T0:0:0Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "now"])
def test_a_time_has_one_form_to_the_one_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        verify_pack.main([str(tmp_path), "--at", at])
    assert stopped.value.code == 2
    assert "--at" in capsys.readouterr().err
