"""``VERIFY.md``: the commands that a stranger runs for one pack, with nothing of gonogo's installed.

A pure function of the sealed files, the review and the sign-offs, made when a pack is published; ``verify`` makes it
again and compares. Names that people chose stand in it only inside quoted words of a shell command: never in prose,
and never as bytes that a terminal or a reader of Markdown could take for something else.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_evidence import dsse, review
from gonogo_evidence.attest import duties
from gonogo_evidence.canonical import digest_of, loads_object
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import check_path, read_bytes, write_atomic
from gonogo_evidence.seal import SEAL
from gonogo_evidence.statement import (
    CLOSE_NAMESPACE,
    SIGNOFF_NAMESPACE,
    CloseStatement,
    SignoffStatement,
    parse_time,
)
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.verify.open import UnverifiedPack

NAME: Final = "VERIFY.md"
VERIFY_PACK: Final = "verify_pack.py"
MOST_BYTES: Final = 1024 * 1024
RENDERER: Final = "gonogo/verify-guide/v1"
MARK: Final = f"<!-- {RENDERER} -->\n"
"""The first line. Another renderer's guide may read otherwise and be right."""
PROVENANCE: Final = frozenset({"provenance.dsse.json", "verdict.dsse.json"})
OUTCOME: Final = f"{review.FOLDER}/{review.OUTCOME}"
REVIEW: Final = f"{review.FOLDER}/{review.REVIEW}"


def render(pack: UnverifiedPack) -> bytes:
    """The guide's bytes for this pack, ASCII.

    Raises:
        IntegrityBroken: a file that it must speak of is not what it should be.
    """
    parts = [
        *(MARK, HEAD.replace("PACK_ID", pack.pack_id), block(PREPARE)),
        *(BYTES, block(CLOSED)),
        *(SEALED, block(f"echo '{pack.pack_digest}  seal.json' | sha256sum --strict -c -\n{NAMED}")),
    ]
    if lines := list(_reviewed(pack)):
        parts += [REVIEWED, block("\n".join(lines))]
    if lines := list(_enveloped(pack)):
        parts += [ENVELOPES, block(DSSE), block("\n".join(lines))]
    if lines := list(_signed(pack)):
        parts += [SIGNED, block("\n".join(lines))]
    return "\n".join([*parts, LAST, block(VERIFIER), MORE]).encode("ascii")


def export_verifier(folder: Path) -> Path:
    """Copy ``verify_pack.py`` into a folder, for somebody without gonogo; returns its path. The same copy may be there.

    Raises:
        BadInput: ``VERIFIER_PLACE``: no folder, or a pack, where nothing may lie; ``VERIFIER_TAKEN``: another file.
        Inconclusive: no room, or no right to write.
    """
    data, target = read_bytes(Path(__file__).with_name(VERIFY_PACK), limit=MOST_BYTES), folder / VERIFY_PACK
    if not folder.is_dir() or (folder / SEAL).exists():
        raise BadInput(
            "VERIFIER_PLACE",
            msg("The verifier is copied into a folder that is there and is no pack."),
            where=str(folder),
            next_step=msg("Name the folder in which the pack lies, or another one."),
        )
    if target.exists() or target.is_symlink():
        if read_bytes(target, limit=MOST_BYTES) == data:
            return target
        raise BadInput(
            "VERIFIER_TAKEN",
            msg("Another verify_pack.py lies there; it was not touched."),
            where=str(target),
            next_step=msg("Move it away, or name another folder."),
        )
    write_atomic(target, data)
    return target


def block(commands: str) -> str:
    """A fenced block of shell commands."""
    return f"```sh\n{commands.strip()}\n```\n"


def word(text: str) -> str:
    """One word of a POSIX shell that is exactly ``text``, in printable ASCII: other bytes as octal of ``printf``."""
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    kept = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}" for byte in text.encode())  # noqa: PLR2004 - ASCII
    return f"\"$(printf '{kept}')\""


def _reviewed(pack: UnverifiedPack) -> Iterator[str]:
    """``review.json`` names each file of the review by digest."""
    if REVIEW in pack.entries:
        listed = pack.document(REVIEW)["files"]
        names = [check_path(name) for name in sorted(listed)] if isinstance(listed, dict) else []
        yield f"names seal.json {REVIEW} pack_digest"
        yield from (f"names {review.FOLDER}/{name} {REVIEW}" for name in names)


def _enveloped(pack: UnverifiedPack) -> Iterator[str]:
    """Each envelope by its signature, and the sealed file that its statement is about."""
    for path in (f"{review.FOLDER}/{review.ENGINE}", OUTCOME):
        if path in pack.entries:
            yield f'dsse {path}\nnames seal.json "$scratch/payload"'
    for name in pack.names("attestations"):
        if duties.is_ours(name):
            continue
        about = "core/pack.json" if name in PROVENANCE else "core/validator-report.json"
        yield f'dsse {check_path(f"attestations/{name}")}\nnames {about} "$scratch/payload"'

    for folder in ("attestations", review.FOLDER):
        names = [name for name in pack.names(folder) if duties.is_ours(name) and name.endswith(".dsse.json")]
        if duties.KEYS in names:
            yield f"dsse {folder}/{duties.KEYS}"
            yield from (f'names {folder}/{name} "$scratch/payload"' for name in names if name != duties.KEYS)


def _signed(pack: UnverifiedPack) -> Iterator[str]:
    """Each sign-off and close, by who says that it is theirs, at the time that counts for it."""
    later = [name for name in pack.names(review.FOLDER) if review.is_later(name)]
    committed = _committed(pack)
    signoffs: dict[str, str] = {}
    for name in later:
        if name.endswith(".signoff.json"):
            path = f"{review.FOLDER}/{name}"
            signoffs[digest_of(pack.read(path))] = path
            said = SignoffStatement.from_bytes(pack.read(path))
            yield _verify(path, said.principal, SIGNOFF_NAMESPACE, committed)
            yield f"names seal.json {path}\nnames {REVIEW} {path}"
            yield f'grep -o \'"decision":"[A-Z-]*"\' {path}'
    for name in later:
        if ".close-" in name and name.endswith(".json"):
            path = f"{review.FOLDER}/{name}"
            close = CloseStatement.from_bytes(pack.read(path))
            yield _verify(path, close.principal, CLOSE_NAMESPACE, close.issued)
            yield f"names seal.json {path}\nnames {signoffs.get(close.signoff_digest, 'NO-SUCH-SIGNOFF')} {path}"


def _verify(path: str, principal: str, namespace: str, at: str | None) -> str:
    time = f" -Overify-time={parse_time(at):%Y%m%d%H%M%S}" if at else ""
    signers = f'-f "$ALLOWED_SIGNERS" -I {word(principal)} -n {namespace}'
    return f"ssh-keygen -Y verify {signers} -s {path}.sig{time} < {path}"


def _committed(pack: UnverifiedPack) -> str | None:
    """When the engine recorded the decision: the keys of its signers are judged at that time, later ones now."""
    if OUTCOME not in pack.entries:
        return None
    match loads_object(dsse.parse(pack.read(OUTCOME)).payload).get("predicate"):
        case {"committed": str(committed)} if _is_time(committed):
            return committed
        case _:
            return None


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


HEAD: Final = """\
# Verify PACK_ID yourself

Nothing in this folder can vouch for this folder, this page included. Bring these from somewhere else, and name them:

- `ALLOWED_SIGNERS`: a file of who may sign, in the form of OpenSSH's `allowed_signers`, with your own knowledge of
  whose keys they are. One person and one key a line, with `namespaces="gonogo-signoff@v1,gonogo-close@v1"`.
- `ENGINE_KEY`: the public key (PEM) of the engine that made the pack. If nobody gave you one, `review/engine.pub` is
  the key that the people below signed together with the review: it is as good as their signatures, and no better.
- `VERIFIER`: `verify_pack.py`, from a gonogo that you trust: `gonogo verify PACK --export-verifier FOLDER`.

You need a POSIX shell, coreutils, OpenSSH 8.9 or later, OpenSSL 3.0 or later, and for the last step Python 3.9 or
later. Work in this folder. Export the three names, then paste block by block, or run all of them, stopping at the first
that does not hold:

    sed -n '/^```sh$/,/^```$/p' VERIFY.md | sed '/^```/d' | sh -eu

## 1. Prepare
"""
PREPARE: Final = """\
: "${ALLOWED_SIGNERS:?who may sign}" "${ENGINE_KEY:?the key of the engine}" "${VERIFIER:?verify_pack.py}"
LC_ALL=C TZ=UTC; export LC_ALL TZ
scratch=$(mktemp -d)
sha() { sha256sum < "$1" | cut -c 1-64; }
names() {
  if grep -qF "\\"${3:-sha256}\\":\\"$(sha "$1")\\"" "$2"; then echo "$2 names $1: OK"; else
    echo "$2 does not name $1: FAILED" >&2
    return 1
  fi
}
"""
BYTES: Final = """\
## 2. The bytes

Every sealed file is what the manifest says, and nothing else lies here besides `review/`, `index/` and this page.
"""
CLOSED: Final = """\
sha256sum --strict --quiet -c manifest-sha256.txt
find . ! -type d ! -path './review/*' ! -path './index/*' |
  sed -e 's,^\\./,,' -e '/^VERIFY\\.md$/d' -e '/^seal\\.json$/d' -e '/^manifest-sha256\\.txt$/d' |
  sort > "$scratch/found"
cut -c 67- manifest-sha256.txt | sort | cmp - "$scratch/found"
find . ! -type d ! -type f | cmp - /dev/null
"""
SEALED: Final = """\
## 3. The seal

The SHA-256 of `seal.json` is the pack digest: what people sign and quote. Compare it with the one that you were given.
"""
NAMED: Final = """\
names core/pack.json seal.json core_digest
names environment.json seal.json environment_digest
names manifest-sha256.txt seal.json manifest_digest
for file in inventory run-plan validator-report; do names "core/$file.json" core/pack.json; done
"""
REVIEWED: Final = """\
## 4. The review

`review/review.json` names the pack and every file of the review; its SHA-256 is the review digest, signed beside the
pack digest.
"""
ENVELOPES: Final = """\
## 5. What the engine attested

DSSE envelopes (Ed25519) over in-toto statements. The signature is over DSSE's pre-authentication encoding (PAE) of the
payload and its type; this function takes both out of the envelope and asks OpenSSL. The same envelopes are accepted by
`@sigstore/verify` (npm) as the `dsseEnvelope` of a bundle whose verification material is the engine's public key.
"""
DSSE: Final = """\
dsse() {
  form='^{"payload":"\\([A-Za-z0-9+/=]*\\)","payloadType":"application/vnd.in-toto+json","signatures":'
  form="$form"'\\[{"keyid":"[0-9a-f]*","sig":"\\([A-Za-z0-9+/=]*\\)"}\\]}$'
  sed -n "s|$form|\\1|p" "$1" | base64 -d > "$scratch/payload" || return 1
  sed -n "s|$form|\\2|p" "$1" | base64 -d > "$scratch/signature" || return 1
  { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c < "$scratch/payload")"; cat "$scratch/payload"
  } > "$scratch/pae"
  printf '%s: ' "$1"
  openssl pkeyutl -verify -pubin -inkey "$ENGINE_KEY" -rawin -in "$scratch/pae" -sigfile "$scratch/signature"
}
"""
SIGNED: Final = """\
## 6. What people signed

Statements with detached SSH signatures. Each names the pack and the review by digest; the word after it is the decision
as it was signed. How many must sign, and who may not, is your policy: no command can know it.
"""
LAST: Final = """\
## 7. All of it, and the verdict, by one file

It also makes the payload's Merkle root and the run's verdict again. Exit 0: a PASS that was decided GO; 1: FAIL or
NO-GO; 3: could not be checked; 4: waits; 5: refused; 6: bytes changed. What it does not check it says.
"""
VERIFIER: Final = """\
python3 -I "$VERIFIER" . --allowed-signers "$ALLOWED_SIGNERS" --engine-key "$ENGINE_KEY"
"""
MORE: Final = """\
With gonogo itself: `gonogo verify PACK --allowed-signers FILE`. Where `index/` is there, it holds the proof that this
pack was logged: `gonogo verify` checks it, the commands above do not.
"""
