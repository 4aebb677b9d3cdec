"""What carries digests and signatures, changed where it hurts: manifest, DSSE envelopes, SSH signatures, the proof."""

from __future__ import annotations

import base64
import itertools
import json
import random
from typing import TYPE_CHECKING, Any

from gonogo_evidence import dsse, sshsig
from gonogo_evidence.canonical import dumps
from gonogo_evidence.seal import MANIFEST, PAYLOAD_TYPE
from support import mutants_json
from support.logs import ENGINE, key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MALLORY: Ed25519PrivateKey = key(666)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the Ed25519 group: a sloppy verifier takes S + ORDER for S."""
FLIPS = 16
PROOF = "index/entry.tlog-proof"


def mutants(files: Mapping[str, bytes], others: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Path, what was done, and the bytes. ``others`` is another good pack, made with the same keys."""
    envelopes = [
        path for path, data in files.items() if b'"payloadType"' in data[-300:] or b'"payloadType"' in data[:300]
    ]
    assert len(envelopes) == 9, envelopes
    for path in envelopes:
        for what, data in _envelope(files[path]):
            yield path, what, data
        for other in envelopes:
            yield path, f"with the signature of {other}", _with_signature(files[path], files[other])
        theirs = others.get(path)
        if theirs is not None:
            yield path, "with the signature of another pack", _with_signature(files[path], theirs)
    for path in (path for path in files if path.endswith(".sig")):
        for what, data in _armored(files[path]):
            yield path, what, data
    for what, data in _manifest(files[MANIFEST].decode()):
        yield MANIFEST, what, data
    for what, data in _proof(files[PROOF].decode(), others[PROOF].decode()):
        yield PROOF, what, data


def flips(data: bytes, count: int = FLIPS) -> Iterator[tuple[int, bytes]]:
    """Single bits turned over, the first and the last among them."""
    chance = random.Random(len(data))  # noqa: S311 - a test's sample
    last = len(data) * 8 - 1
    for bit in sorted({0, last, *(chance.randrange(last) for _ in range(count - 2))}):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(flipped)


def malleable(signature: bytes) -> bytes:
    """The same Ed25519 signature with S outside its range."""
    larger = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + larger.to_bytes(32, "little")


def text64(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


def _with_signature(envelope: bytes, other: bytes) -> bytes:
    return dumps({**json.loads(envelope), "signatures": json.loads(other)["signatures"]})


def _envelope(data: bytes) -> Iterator[tuple[str, bytes]]:
    """One field of the envelope, or one leaf of the statement in it; the signature is never made again by its key."""
    whole = json.loads(data)
    read = dsse.parse(data)

    def sig(raw: bytes, **more: Any) -> bytes:  # noqa: ANN401 - fields of a signature
        return dumps({**whole, "signatures": [{"keyid": read.keyid, "sig": text64(raw), **more}]})

    for bit, raw in flips(read.signature):
        yield f"bit {bit} of the signature", sig(raw)
    yield "the signature with S out of range", sig(malleable(read.signature))
    yield "a signature of nothing but zeros", sig(bytes(64))
    yield "a signature that is too short", sig(read.signature[:-1])
    yield "a signature that is too long", sig(read.signature + b"\0")
    yield "the key id of another key", sig(read.signature, keyid=dsse.key_id(MALLORY.public_key()))
    yield "no key id", sig(read.signature, keyid="")
    yield "the key id in capitals", sig(read.signature, keyid=read.keyid.upper())
    yield "signed by another key", dsse.sign(PAYLOAD_TYPE, read.payload, MALLORY)
    forged = MALLORY.sign(dsse.pae(PAYLOAD_TYPE, read.payload))
    yield "signed by another key under the engine's id", sig(forged)
    yield "the payload alone signed, without its type", sig(ENGINE.sign(read.payload))
    yield "no signature", dumps({**whole, "signatures": []})
    yield "the signature twice", dumps({**whole, "signatures": whole["signatures"] * 2})
    second = json.loads(dsse.sign(PAYLOAD_TYPE, read.payload, MALLORY))["signatures"]
    yield "another signature first", dumps({**whole, "signatures": [*second, *whole["signatures"]]})
    yield "another signature besides", dumps({**whole, "signatures": [*whole["signatures"], *second]})
    yield (
        "the payload in base64 for addresses",
        data.replace(b"/", b"_").replace(b"application_vnd", b"application/vnd"),
    )
    yield "the payload without padding", dumps({**whole, "payload": whole["payload"].rstrip("=")})
    yield "the payload with a line end", dumps({**whole, "payload": whole["payload"] + "\n"})
    yield "the payload emptied", dumps({**whole, "payload": ""})
    for what, statement in mutants_json.changes(json.loads(read.payload)):
        yield f"statement {what}", dumps({**whole, "payload": text64(dumps(statement))})
    loose = json.dumps(json.loads(read.payload), indent=1).encode()
    yield "the statement with indentation", dumps({**whole, "payload": text64(loose)})


def _armored(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The blob of an SSH signature in proper armor, and the armor itself."""
    inner = data[len(sshsig.BEGIN) : -len(sshsig.END)]
    blob = base64.b64decode(inner)
    for bit, flipped in flips(blob, FLIPS * 8):
        yield f"bit {bit} of the signature", sshsig.armor(flipped)
    yield "the signature with S out of range", sshsig.armor(blob[:-64] + malleable(blob[-64:]))
    yield "made with SHA-1", sshsig.armor(blob.replace(b"\0\0\0\6sha512", b"\0\0\0\4sha1"))
    yield "made with MD5", sshsig.armor(blob.replace(b"\0\0\0\6sha512", b"\0\0\0\3md5"))
    yield "made with SHA-256", sshsig.armor(blob.replace(b"sha512", b"sha256"))
    yield "for files", sshsig.armor(blob.replace(b"\0\0\0\x11gonogo-signoff@v1", b"\0\0\0\4file"))
    yield "more in the blob", sshsig.armor(blob + b"\0")
    yield "less in the blob", sshsig.armor(blob[:-1])
    yield "an empty blob", sshsig.armor(b"")
    yield "in one line", sshsig.BEGIN + inner.replace(b"\n", b"") + b"\n" + sshsig.END
    yield "with CRLF", data.replace(b"\n", b"\r\n")
    yield "words before it", b"x\n" + data
    yield "words after it", data + b"x\n"
    yield "without the last line", data[: -len(sshsig.END)]
    yield "under another title", data.replace(b"SSH SIGNATURE", b"PGP SIGNATURE")
    yield "blanks at the ends of lines", data.replace(b"\n", b" \n")


def _manifest(text: str) -> Iterator[tuple[str, bytes]]:
    """One line of the manifest, or all of them in another form."""
    lines = text.splitlines(keepends=True)

    def with_line(number: int, *instead: str) -> bytes:
        return "".join([*lines[:number], *instead, *lines[number + 1 :]]).encode()

    for number, line in enumerate(lines):
        sha, path = line[:64], line[66:-1]
        changed = {
            "another digest": f"{sha[:-1]}{'0' if sha[-1] != '0' else '1'}  {path}\n",
            "the digest in capitals": f"{sha.upper()}  {path}\n",
            "an MD5": f"{sha[:32]}  {path}\n",
            "the binary mark": f"{sha} *{path}\n",
            "with CRLF": f"{sha}  {path}\r\n",
            "a dot before": f"{sha}  ./{path}\n",
            "an absolute path": f"{sha}  /{path}\n",
            "a way up": f"{sha}  x/../{path}\n",
            "an escaped name": f"\\{sha}  {path}\n",
            "another name": f"{sha}  {path}x\n",
            "a comment": f"# {line}",
        }
        for what, instead in changed.items():
            yield f"line {number}: {what}", with_line(number, instead)
        yield f"line {number}: missing", with_line(number)
        yield f"line {number}: twice", with_line(number, line, line)
    for number, (one, two) in enumerate(itertools.pairwise(lines)):
        yield (
            f"lines {number} and {number + 1} change places",
            with_line(number, two, one).replace(two.encode() * 2, two.encode()),
        )
    yield "in the form of BSD", "".join(f"SHA256 ({line[66:-1]}) = {line[:64]}\n" for line in lines).encode()
    yield "an empty line", text.encode() + b"\n"
    yield "a stranger's line", text.encode() + f"{'0' * 64}  zzz\n".encode()


def _proof(text: str, other: str) -> Iterator[tuple[str, bytes]]:
    """One line of the proof or of its checkpoint."""
    lines = text.splitlines()
    theirs = other.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("index "))
    end = lines.index("")

    def with_lines(first: int, count: int, *instead: str) -> bytes:
        return "".join(f"{line}\n" for line in [*lines[:first], *instead, *lines[first + count :]]).encode()

    number = int(lines[start].split()[1])
    for index in {0, number - 1, number + 1, 2**40}:
        yield f"index {index}", with_lines(start, 1, f"index {index}")
    for form in (f"index 0{number}", f"index +{number}", f"index  {number}", f"Index {number}", f"index {number}.0"):
        yield f"written as {form!r}", with_lines(start, 1, form)
    for line in range(start + 1, end):
        for bit, flipped in flips(base64.b64decode(lines[line])):
            yield f"bit {bit} of hash {line - start}", with_lines(line, 1, text64(flipped))
        yield f"hash {line - start} missing", with_lines(line, 1)
        yield f"hash {line - start} twice", with_lines(line, 1, lines[line], lines[line])
        yield f"hash {line - start} of another pack", with_lines(line, 1, theirs[line])
    yield "hashes in another order", with_lines(start + 1, end - start - 1, *reversed(lines[start + 1 : end]))
    yield "another form", with_lines(0, 1, lines[0].replace("v1", "v2"))
    yield "no key", with_lines(1, 1)
    yield "another key", with_lines(1, 1, f"extra {text64(dsse.public_pem(MALLORY))}")
    yield from (("checkpoint: " + what, data) for what, data in _checkpoint(lines, end + 1, theirs, with_lines))


def _checkpoint(lines: list[str], top: int, theirs: list[str], with_lines: Any) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401 - a function of the caller's
    size, root, last = int(lines[top + 1]), lines[top + 2], len(lines) - 1
    yield "another origin", with_lines(top, 1, lines[top] + "x")
    for other in (0, size - 1, size + 1, 2**53):
        yield f"size {other}", with_lines(top + 1, 1, str(other))
    for bit, flipped in flips(base64.b64decode(root)):
        yield f"bit {bit} of the root", with_lines(top + 2, 1, text64(flipped))
    yield "the root of another log", with_lines(top + 2, 1, theirs[top + 2])
    yield "a line more", with_lines(top + 3, 0, "more")
    dash, name, sig = lines[last].split(" ")
    raw = base64.b64decode(sig)
    for bit, flipped in flips(raw):
        yield f"bit {bit} of the signature", with_lines(last, 1, f"{dash} {name} {text64(flipped)}")
    yield (
        "the signature with S out of range",
        with_lines(last, 1, f"{dash} {name} {text64(raw[:4] + malleable(raw[4:]))}"),
    )
    yield "the signature of another checkpoint", with_lines(last, 1, theirs[-1])
    yield "a hyphen for the dash", with_lines(last, 1, f"- {name} {sig}")
    yield "another name", with_lines(last, 1, f"{dash} {name}x {sig}")
    yield "no signature", with_lines(last, 1)
    yield "no empty line", with_lines(top + 3, 1)
