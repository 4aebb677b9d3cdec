"""SSHSIG: the strict native check against ssh-keygen itself, and against the sshsig package."""

from __future__ import annotations

import atexit
import base64
import functools
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import sshsig as other
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import sshsig
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.sshwire import SK_ECDSA, SK_ED25519, Malformed, PublicKey, number, string

NAMESPACE = "gonogo-signoff@v1"
MESSAGE = b'{"decision":"GO"}'
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa3072": ("-t", "rsa", "-b", "3072"),
}


@functools.cache
def folder() -> Path:
    path = Path(tempfile.mkdtemp(prefix="gonogo-sshsig-"))
    atexit.register(shutil.rmtree, path)
    return path


@functools.cache
def key_file(kind: str) -> Path:
    path = folder() / kind
    argv = ["ssh-keygen", "-q", *KINDS[kind], "-N", "", "-C", "someone", "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


@functools.cache
def signed(kind: str, namespace: str = NAMESPACE, *options: str) -> bytes:
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key_file(kind)), "-n", namespace, *options]
    return subprocess.run(argv, check=True, input=MESSAGE, capture_output=True).stdout


def public(kind: str) -> PublicKey:
    return PublicKey.from_line(key_file(kind).with_suffix(".pub").read_text())


def oracle(signature: bytes, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> bool:
    """What ssh-keygen says, without any question of trust."""
    path = folder() / f"{hashlib.sha256(signature).hexdigest()}.sig"
    path.write_bytes(signature)
    argv = ["ssh-keygen", "-Y", "check-novalidate", "-n", namespace, "-s", str(path)]
    return subprocess.run(argv, check=False, input=message, capture_output=True).returncode == 0


def refused(signature: bytes, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> str:
    with pytest.raises(IntegrityBroken) as caught:
        sshsig.verify(message, signature, namespace=namespace)
    return caught.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_signs_is_good_here_and_for_the_other_verifiers(kind: str) -> None:
    signature = signed(kind)
    assert sshsig.verify(MESSAGE, signature, namespace=NAMESPACE) == public(kind)
    assert oracle(signature)
    assert not sshsig.parse(signature).user_present
    if kind in {"ed25519", "rsa3072"}:  # the others it does not know
        other.check_signature(MESSAGE, signature.decode(), NAMESPACE)


@pytest.mark.parametrize("kind", ["ed25519", "rsa3072"])
@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_both_allowed_hashes_are_good(kind: str, name: str) -> None:
    signature = signed(kind, NAMESPACE, "-O", f"hashalg={name}")
    assert sshsig.parse(signature).hash_algorithm == name
    assert sshsig.verify(MESSAGE, signature, namespace=NAMESPACE) == public(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_fingerprint_and_line_are_those_of_ssh_keygen(kind: str) -> None:
    pub = key_file(kind).with_suffix(".pub")
    printed = subprocess.run(["ssh-keygen", "-l", "-f", str(pub)], check=True, capture_output=True, text=True).stdout
    assert printed.split()[1] == public(kind).fingerprint
    assert pub.read_text() == f"{public(kind).line} someone\n"


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_message_is_refused_by_all(kind: str) -> None:
    changed = MESSAGE.replace(b"GO", b"NO")
    assert refused(signed(kind), changed) == "SSHSIG_BAD"
    assert not oracle(signed(kind), changed)


def test_another_namespace_is_refused_by_all() -> None:
    foreign = signed("ed25519", "file")
    assert refused(foreign) == "SSHSIG_NAMESPACE"
    assert not oracle(foreign)
    assert refused(signed("ed25519"), namespace="gonogo-close@v1") == "SSHSIG_NAMESPACE"


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(list(KINDS)), data=st.data())
def test_any_one_changed_byte_of_the_signature_is_refused(kind: str, data: st.DataObject) -> None:
    good = signed(kind)
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != good[at]))
    refused(good[:at] + bytes([byte]) + good[at + 1 :])


@pytest.mark.parametrize("kind", KINDS)
def test_every_position_of_the_signature_matters(kind: str) -> None:
    good = signed(kind)
    for at, byte in enumerate(good):
        refused(good[:at] + bytes([byte ^ 1]) + good[at + 1 :])


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, len(MESSAGE) - 1), flip=st.integers(1, 255))
def test_any_one_changed_byte_of_the_message_is_refused(at: int, flip: int) -> None:
    changed = MESSAGE[:at] + bytes([MESSAGE[at] ^ flip]) + MESSAGE[at + 1 :]
    assert refused(signed("ed25519"), changed) == "SSHSIG_BAD"


@settings(max_examples=100, deadline=None)
@given(junk=st.binary(min_size=1, max_size=12), before=st.booleans())
def test_nothing_may_stand_around_the_armor(junk: bytes, *, before: bool) -> None:
    good = signed("ed25519")
    refused(junk + good if before else good + junk)


def test_what_ssh_keygen_forgives_is_refused_here() -> None:
    good = signed("ed25519")
    body = good.removeprefix(sshsig.BEGIN).removesuffix(sshsig.END).replace(b"\n", b"")
    for loose in (good + b"signed by the boss\n", sshsig.BEGIN + body + b"\n" + sshsig.END):
        assert oracle(loose)
        refused(loose)
    assert refused(good.replace(b"\n", b"\r\n")) == "SSHSIG_MALFORMED"
    assert refused(good + good) == "SSHSIG_MALFORMED"


def test_every_truncation_is_refused() -> None:
    good = signed("ed25519")
    for size in range(len(good)):
        refused(good[:size])
    blob = base64.b64decode(good.removeprefix(sshsig.BEGIN).removesuffix(sshsig.END))
    assert sshsig.armor(blob) == good
    for size in range(len(blob)):
        assert refused(sshsig.armor(blob[:size])) == "SSHSIG_MALFORMED"
    assert refused(sshsig.armor(blob + b"\0")) == "SSHSIG_MALFORMED"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_in_armor_is_an_error_and_never_a_crash(garbage: bytes) -> None:
    refused(sshsig.armor(garbage))
    refused(garbage)


def test_an_endless_signature_is_refused_before_it_is_read() -> None:
    assert refused(sshsig.BEGIN + b"A" * sshsig.MAX_ARMOR + sshsig.END) == "SSHSIG_TOO_LARGE"


def forge(  # the parts of a signature, each of which a test may bend
    key: bytes,
    sign: object,
    *,
    hash_name: str = "sha512",
    namespace: bytes = NAMESPACE.encode(),
    reserved: bytes = b"",
    version: int = 1,
) -> bytes:
    digest = hashlib.new(hash_name, MESSAGE, usedforsecurity=False).digest()
    data = sshsig.MAGIC + string(namespace) + string(reserved) + string(hash_name.encode()) + string(digest)
    assert callable(sign)
    rest = [key, namespace, reserved, hash_name.encode(), sign(data)]
    return sshsig.armor(sshsig.MAGIC + version.to_bytes(4, "big") + b"".join(map(string, rest)))


SOFT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SOFT_RAW = SOFT.public_key().public_bytes_raw()
SOFT_BLOB = string(b"ssh-ed25519") + string(SOFT_RAW)


def soft_sign(data: bytes) -> bytes:
    return string(b"ssh-ed25519") + string(SOFT.sign(data))


def test_the_forger_of_these_tests_makes_good_signatures_when_it_wants_to() -> None:
    good = forge(SOFT_BLOB, soft_sign)
    assert sshsig.verify(MESSAGE, good, namespace=NAMESPACE) == PublicKey.from_blob(SOFT_BLOB)
    assert oracle(good)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha384", "sha3_256"])
def test_weak_and_foreign_hashes_are_refused(name: str) -> None:
    bent = forge(SOFT_BLOB, soft_sign, hash_name=name)
    assert refused(bent) == "SSHSIG_HASH"
    assert not oracle(bent)


def test_another_version_a_reserved_field_and_an_empty_namespace_are_refused() -> None:
    assert refused(forge(SOFT_BLOB, soft_sign, version=2)) == "SSHSIG_MALFORMED"
    assert refused(forge(SOFT_BLOB, soft_sign, reserved=b"x")) == "SSHSIG_MALFORMED"
    assert refused(forge(SOFT_BLOB, soft_sign, namespace=b""), namespace="") == "SSHSIG_MALFORMED"


def test_a_signature_of_another_algorithm_than_the_key_is_refused() -> None:
    as_rsa = forge(SOFT_BLOB, lambda data: string(b"rsa-sha2-512") + string(SOFT.sign(data)))
    assert refused(as_rsa) == "SSHSIG_MALFORMED"
    assert not oracle(as_rsa)
    short = forge(SOFT_BLOB, lambda data: string(b"ssh-ed25519") + string(SOFT.sign(data)[:-1]))
    assert refused(short) == "SSHSIG_MALFORMED"


APPLICATION = b"ssh:"


def sk_message(data: bytes, flags: int) -> bytes:
    return hashlib.sha256(APPLICATION).digest() + bytes([flags]) + bytes(3) + b"\x07" + hashlib.sha256(data).digest()


def sk_ed25519(flags: int, *, claimed: int | None = None) -> bytes:
    blob = string(SK_ED25519.encode()) + string(SOFT_RAW) + string(APPLICATION)

    def sign(data: bytes) -> bytes:
        signature = string(SOFT.sign(sk_message(data, flags)))
        tail = bytes([flags if claimed is None else claimed]) + bytes(3) + b"\x07"
        return string(SK_ED25519.encode()) + signature + tail

    return forge(blob, sign)


EC = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
EC_POINT = EC.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def sk_ecdsa(flags: int, *, pad: bytes = b"") -> bytes:
    blob = b"".join(map(string, [SK_ECDSA.encode(), b"nistp256", EC_POINT, APPLICATION]))

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(EC.sign(sk_message(data, flags), ec.ECDSA(hashes.SHA256())))
        value = string(pad + number(r)) + string(number(s))
        return string(SK_ECDSA.encode()) + string(value) + bytes([flags]) + bytes(3) + b"\x07"

    return forge(blob, sign)


@pytest.mark.parametrize("make", [sk_ed25519, sk_ecdsa])
@pytest.mark.parametrize(("flags", "present", "verified"), [(0, False, False), (1, True, False), (5, True, True)])
def test_security_keys_are_checked_and_their_flags_read(
    make: object, flags: int, *, present: bool, verified: bool
) -> None:
    assert callable(make)
    signature = make(flags)
    key = sshsig.verify(MESSAGE, signature, namespace=NAMESPACE)
    assert key.hardware
    parsed = sshsig.parse(signature)
    assert (parsed.user_present, parsed.user_verified) == (present, verified)
    assert oracle(signature)


def test_the_touch_bit_is_signed_and_cannot_be_added_later() -> None:
    bent = sk_ed25519(0, claimed=1)
    assert refused(bent) == "SSHSIG_BAD"
    assert not oracle(bent)


def test_a_number_with_a_zero_in_front_is_refused_though_ssh_keygen_takes_it() -> None:
    refused(sk_ecdsa(1, pad=b"\0"))


def test_a_short_rsa_key_a_compressed_point_and_a_foreign_type_are_no_keys() -> None:
    compressed = EC.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    curve = [b"ecdsa-sha2-nistp256", b"nistp256"]
    bad = {
        "rsa": [b"ssh-rsa", number(65537), number((1 << 1023) + 1)],
        "even exponent": [b"ssh-rsa", number(4), number((1 << 2047) + 1)],
        "point": [*curve, compressed],
        "off the curve": [*curve, EC_POINT[:-1] + bytes([EC_POINT[-1] ^ 1])],
        "other curve": [b"ecdsa-sha2-nistp256", b"nistp384", EC_POINT],
        "dsa": [b"ssh-dss", b"x"],
        "short": [b"ssh-ed25519", SOFT_RAW[:-1]],
        "tail": [b"ssh-ed25519", SOFT_RAW, b""],
    }
    for parts in bad.values():
        with pytest.raises(Malformed):
            PublicKey.from_blob(b"".join(map(string, parts)))


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 ä", "ssh-rsa ?", "-----BEGIN X"])
def test_a_line_that_is_no_public_key_is_an_error(line: str) -> None:
    with pytest.raises(Malformed):
        PublicKey.from_line(line)


def test_a_key_under_another_types_name_is_an_error() -> None:
    line = public("ed25519").line.replace("ssh-ed25519", "ssh-rsa", 1)
    with pytest.raises(Malformed):
        PublicKey.from_line(line)
