"""allowed_signers: what is accepted means the same to ssh-keygen, and what does not say who signs is refused."""

from __future__ import annotations

import functools
import os
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import allowed_signers
from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.sshwire import PublicKey, string

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "gonogo-signoff@v1"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def soft(number: int) -> PublicKey:
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return PublicKey.from_blob(string(b"ssh-ed25519") + string(private.public_key().public_bytes_raw()))


KEY, OTHER = soft(1), soft(2)
GOOD = f'alice@example.org namespaces="{NAMESPACE}" {KEY.line}'


def error_of(text: str | bytes) -> GonogoError:
    with pytest.raises(GonogoError) as caught:
        allowed_signers.parse(text if isinstance(text, bytes) else text.encode(), where="allowed_signers")
    return caught.value


def test_a_line_is_read() -> None:
    (signer,) = allowed_signers.parse(f"# who may sign\n\n{GOOD} laptop\n".encode(), where="f")
    assert (signer.principal, signer.key) == ("alice@example.org", KEY)
    assert signer.namespaces == {NAMESPACE}
    assert (signer.valid_after, signer.valid_before) == (None, None)


def test_options_come_in_any_order_and_case_and_names_may_be_quoted() -> None:
    options = f'Valid-Before="20270101120000Z",NAMESPACES="git,{NAMESPACE}",valid-after="20260101"'
    (signer,) = allowed_signers.parse(f'"Jörg Ödegård"\t{options}  {KEY.line}\r\n'.encode(), where="f")
    assert signer.principal == "Jörg Ödegård"
    assert signer.namespaces == {"git", NAMESPACE}
    assert signer.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert signer.valid_before == datetime(2027, 1, 1, 12, tzinfo=UTC)


def test_nothing_gives_nobody() -> None:
    assert allowed_signers.parse(b"", where="f") == ()
    assert allowed_signers.parse(b"# alice ssh-ed25519 AAAA\n\n", where="f") == ()


@pytest.mark.parametrize(
    ("line", "code", "kind"),
    [
        (f'*@example.org namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_PATTERN", Refused),
        (f'alic? namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_PATTERN", Refused),
        (f'!alice namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_PATTERN", Refused),
        (f'alice,bob namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_SEVERAL", Refused),
        (f'"alice,bob" namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_SEVERAL", Refused),
        (f"alice {KEY.line}", "SIGNER_WITHOUT_NAMESPACE", Refused),
        (f'alice valid-after="20260101" {KEY.line}', "SIGNER_WITHOUT_NAMESPACE", Refused),
        (f'alice namespaces="" {KEY.line}', "SIGNER_WITHOUT_NAMESPACE", Refused),
        (f'alice namespaces="gonogo-*" {KEY.line}', "SIGNER_WITHOUT_NAMESPACE", Refused),
        (f'alice namespaces="a,,b" {KEY.line}', "SIGNER_WITHOUT_NAMESPACE", Refused),
        (f'alice cert-authority,namespaces="{NAMESPACE}" {KEY.line}', "SIGNER_CERT_AUTHORITY", Refused),
        (f'alice namespaces="a",namespaces="b" {KEY.line}', "SIGNER_OPTION", BadInput),
        (f'alice namespaces="a",color="b" {KEY.line}', "SIGNER_OPTION", BadInput),
        (f"alice namespaces=a {KEY.line}", "SIGNER_OPTION", BadInput),
        (f'alice namespaces="a" , valid-after="20260101" {KEY.line}', "SIGNER_KEY", BadInput),
        (f'alice namespaces="a\\"b" {KEY.line}', "SIGNER_OPTION", BadInput),
        (f'alice namespaces="a",valid-after="202601011200" {KEY.line}', "SIGNER_TIME", BadInput),
        (f'alice namespaces="a",valid-after="20261301" {KEY.line}', "SIGNER_TIME", BadInput),
        (f'alice namespaces="a",valid-before="tomorrow" {KEY.line}', "SIGNER_TIME", BadInput),
        (f'alice namespaces="a",valid-before="20260101",valid-after="20270101" {KEY.line}', "SIGNER_TIME", BadInput),
        ('alice namespaces="a" ssh-ed25519 AAAA', "SIGNER_KEY", BadInput),
        ('alice namespaces="a" ssh-dss AAAA', "SIGNER_KEY", BadInput),
        ("alice", "SIGNER_LINE", BadInput),
        (f'"" namespaces="a" {KEY.line}', "SIGNER_LINE", BadInput),
        (f'al\u202eice namespaces="a" {KEY.line}', "SIGNER_LINE", BadInput),
        (f'Jo\u0308rg namespaces="a" {KEY.line}', "SIGNER_LINE", BadInput),
    ],
)
def test_a_line_that_does_not_say_who_may_sign_what_is_refused(line: str, code: str, kind: type[GonogoError]) -> None:
    error = error_of(f"{GOOD.replace(KEY.line, OTHER.line)}\n\n{line}\n")
    assert (error.code, type(error), error.where) == (code, kind, "allowed_signers:3")


def test_a_line_without_namespaces_is_answered_with_the_corrected_line() -> None:
    step = str(error_of(f"alice {KEY.line}").next_step)
    corrected = step.removeprefix("Replace it by: ")
    (signer,) = allowed_signers.parse(corrected.encode(), where="f")
    assert (signer.principal, signer.key) == ("alice", KEY)
    assert NAMESPACE in signer.namespaces


def test_two_names_with_one_key_are_refused_and_one_name_with_two_keys_is_not() -> None:
    second = GOOD.replace("alice", "bob")
    error = error_of(f"{GOOD}\n{second}\n")
    assert (error.code, error.where) == ("SIGNER_SHARED_KEY", "allowed_signers:2")
    rotated = GOOD.replace(KEY.line, OTHER.line)
    assert len(allowed_signers.parse(f"{GOOD}\n{rotated}\n".encode(), where="f")) == 2


def test_bytes_that_are_no_text_are_an_error_with_a_line() -> None:
    assert error_of(f"{GOOD}\n".encode() + b"\xff\n").where == "allowed_signers:2"
    assert error_of(b"\0").code == "SIGNERS_UNREADABLE"
    assert error_of(b"#" * (allowed_signers.MAX_BYTES + 1)).code == "SIGNERS_UNREADABLE"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=120), st.text(max_size=120).map(lambda text: text.encode("utf-8", "replace"))))
def test_garbage_is_an_error_with_a_code_and_never_a_crash(garbage: bytes) -> None:
    where = "f"
    try:
        signers = allowed_signers.parse(garbage, where="f")
    except GonogoError as error:
        signers, where = (), error.where
    assert where.startswith("f")
    assert all(signer.namespaces for signer in signers)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(max_size=20))
def test_what_is_rendered_is_read_back_or_refused(principal: str, comment: str) -> None:
    try:
        line = allowed_signers.render(principal, KEY, comment=comment)
    except GonogoError:
        return
    (signer,) = allowed_signers.parse(line.encode(), where="f")
    assert (signer.principal, signer.key) == (principal, KEY)


def find_code(text: str, *, key: PublicKey = KEY, namespace: str = NAMESPACE, at: datetime = NOW) -> str:
    try:
        found = allowed_signers.find(allowed_signers.parse(text.encode(), where="f"), key, namespace, at)
    except Refused as error:
        return error.code
    return found.principal


def test_find_says_why_not() -> None:
    assert find_code(GOOD) == "alice@example.org"
    assert find_code("") == "SIGNER_UNTRUSTED"
    assert find_code(GOOD, key=OTHER) == "SIGNER_UNTRUSTED"
    assert find_code(GOOD, namespace="file") == "SIGNER_NAMESPACE"
    old = GOOD.replace(" ssh", ',valid-before="20260101" ssh')
    assert find_code(old) == "SIGNER_EXPIRED"
    assert find_code(GOOD.replace(" ssh", ',valid-after="20270101" ssh')) == "SIGNER_NOT_YET_VALID"
    assert find_code(f"{old}\n{GOOD}") == "alice@example.org"


@functools.cache
def real_key(folder: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "k")], check=True)
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(folder / "k"), "-n", NAMESPACE]
    signature = subprocess.run(argv, check=True, input=b"x", capture_output=True).stdout
    (folder / "x.sig").write_bytes(signature)
    return folder / "k"


def oracle(folder: Path, text: str, principal: str, at: datetime) -> bool:
    real_key(folder)
    (folder / "allowed").write_text(text, encoding="utf-8")
    argv = ["ssh-keygen", "-Y", "verify", "-f", str(folder / "allowed"), "-I", principal, "-n", NAMESPACE]
    argv += ["-s", str(folder / "x.sig"), "-O", f"verify-time={at:%Y%m%d%H%M%S}Z"]
    env = {"PATH": os.environ["PATH"], "TZ": "UTC"}
    return subprocess.run(argv, check=False, input=b"x", capture_output=True, env=env).returncode == 0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("alice", f'namespaces="{NAMESPACE}"'),
        ("alice", f'namespaces="file,{NAMESPACE}"'),
        ("alice", 'namespaces="file"'),
        ('"Jörg Ödegård"', f'namespaces="{NAMESPACE}"'),
        ("alice", f'NameSpaces="{NAMESPACE}",valid-after="20260601120000Z"'),
        ("alice", f'valid-before="20260601120000Z",namespaces="{NAMESPACE}"'),
        ("alice", f'valid-after="20260601",namespaces="{NAMESPACE}",valid-before="20260602Z"'),
        ("alice", f'namespaces="{NAMESPACE}",valid-before="202606011200Z"'),
    ],
)
def test_ssh_keygen_agrees_at_every_edge(tmp_path: Path, name: str, options: str) -> None:
    key = PublicKey.from_line(real_key(tmp_path).with_suffix(".pub").read_text())
    text = f"{name} {options} {key.line} comment\n"
    second = timedelta(seconds=1)
    midnight = datetime(2026, 6, 1, tzinfo=UTC)
    for at in (NOW - second, NOW, NOW + second, midnight - second, midnight, midnight + timedelta(days=1, seconds=1)):
        ours = not find_code(text, key=key, at=at).startswith("SIGNER_")
        assert ours == oracle(tmp_path, text, name.strip('"'), at), (text, at)


def test_ssh_keygen_lets_a_pattern_be_anybody_and_we_do_not(tmp_path: Path) -> None:
    key = PublicKey.from_line(real_key(tmp_path).with_suffix(".pub").read_text())
    text = f'*@example.org namespaces="{NAMESPACE}" {key.line}\n'
    assert oracle(tmp_path, text, "mallory@example.org", NOW)
    assert error_of(text).code == "SIGNER_PATTERN"
