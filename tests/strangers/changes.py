"""Mutants that somebody without any of the keys makes of the good pack: bytes, lists of digests, names, JSON, index.

``CHANGES`` names each; an act changes the pack's folder, with another good pack at hand to take parts from. What is
done to envelopes and signatures stands in ``forgeries``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import rfc8785

from gonogo_evidence import dsse
from support.mutants_signed import MALLORY, text64
from support.packs import overwrite, reseal

Act: TypeAlias = Callable[[Path, Path], object]
"""Done to the folder of the pack (first); the second is the folder of another good pack."""
PAYLOAD, REPORT, CORE = "data/gates/Lint-Gate.stdout", "core/validator-report.json", "core/pack.json"
ENVIRONMENT, MANIFEST, SEAL = "environment.json", "manifest-sha256.txt", "seal.json"
ENTRY, PROOF = "index/entry.json", "index/entry.tlog-proof"


def edited(path: str, change: Callable[[bytes], bytes]) -> Act:
    """The file has other bytes."""

    def act(pack: Path, _: Path) -> None:
        before = (pack / path).read_bytes()
        after = change(before)
        assert after != before, path
        overwrite(pack / path, after)

    return act


def swapped(path: str, old: str, new: str) -> Act:
    """The first ``old`` in the file is ``new``."""
    return edited(path, lambda data: data.replace(old.encode(), new.encode(), 1))


def valued(path: str, change: Callable[[Any], Any]) -> Act:
    """The JSON in the file is another one, in the bytes of RFC 8785."""
    return edited(path, lambda data: rfc8785.dumps(change(json.loads(data))))


def lines(path: str, change: Callable[[list[str]], list[str]]) -> Act:
    """The file has other lines."""
    return edited(path, lambda data: "".join(f"{one}\n" for one in change(data.decode().splitlines())).encode())


def removed(*paths: str) -> Act:
    """The files are gone."""

    def act(pack: Path, _: Path) -> None:
        for path in paths:
            (pack / path).unlink()

    return act


def added(path: str, data: bytes = b"") -> Act:
    """One more file."""
    return lambda pack, _: (pack / path).write_bytes(data)


def taken(path: str, source: str = "") -> Act:
    """The file of another good pack, or another file of it."""
    return lambda pack, other: overwrite(pack / path, (other / (source or path)).read_bytes())


def both(*acts: Act) -> Act:
    """One after the other."""
    return lambda pack, other: [act(pack, other) for act in acts]


def _linked(pack: Path, _: Path) -> None:
    (pack / PAYLOAD).rename(pack.parent / "moved")
    (pack / PAYLOAD).symlink_to(pack.parent / "moved")


def _single(change: Callable[[bytes], bytes]) -> Act:
    def act(pack: Path, _: Path) -> None:
        path = pack.with_name(f"{pack.name}.json")
        overwrite(path, change(path.read_bytes()))

    return act


def _environment(**more: Any) -> Act:  # noqa: ANN401 - JSON
    return valued(ENVIRONMENT, lambda value: {**value, **more})


BYTES: dict[str, Act] = {
    "a byte of the payload": swapped(PAYLOAD, "passed", "failed"),
    "a payload file emptied": edited(PAYLOAD, lambda _: b""),
    "a payload file removed": removed(PAYLOAD),
    "a line end after a payload file": edited(PAYLOAD, lambda data: data + b"\n"),
    "another reason for the run": valued(CORE, lambda value: {**value, "run_reason": "another"}),
    "a gate that checked more": swapped(REPORT, '"checked":41', '"checked":42'),
    "another host": _environment(host={"system": "Linux"}),
    "another summary": swapped("SUMMARY.md", "PASS", "FAIL"),
    "other review notes": swapped("review/notes.md", "Nothing", "Something"),
    "another card": swapped("review/card.txt", "PASS", "FAIL"),
    "another engine key in the review": edited("review/engine.pub", lambda _: dsse.public_pem(MALLORY)),
    "another risk review": valued("review/risk-review.json", lambda value: {**value, "findings": ["x"]}),
    "a review of another pack": taken("review/review.json"),
    "another page of commands": swapped("VERIFY.md", "sha256sum --strict", "true --strict"),
    "another pack in the single file": _single(
        lambda data: rfc8785.dumps({**json.loads(data), "run_reason": "another"})
    ),
}
JSON_FORMS: dict[str, Act] = {
    "indentation in the core": edited(CORE, lambda data: json.dumps(json.loads(data), indent=1).encode()),
    "keys in another order": edited(
        SEAL, lambda data: json.dumps(dict(reversed(json.loads(data).items())), separators=(",", ":")).encode()
    ),
    "a key twice": swapped(SEAL, '"counts":', '"counts":0,"counts":'),
    "a byte order mark": edited(SEAL, lambda data: b"\xef\xbb\xbf" + data),
    "a line end after the seal": edited(SEAL, lambda data: data + b"\n"),
    "an escaped letter": swapped(REPORT, '"name":"Lint', '"name":"\\u004cint'),
    "41 written as 41.0": swapped(REPORT, '"checked":41', '"checked":41.0'),
    "41 written as 4.1e1": swapped(REPORT, '"checked":41', '"checked":4.1e1'),
    "minus nought": swapped(REPORT, '"findings_count":0', '"findings_count":-0'),
    "a fraction": _environment(load=0.5),
    "an integer that no double holds": swapped(ENVIRONMENT, '"data_files"', '"aa":9007199254740993,"data_files"'),
    "not a number": swapped(ENVIRONMENT, '"data_files"', '"aa":NaN,"data_files"'),
    "a letter in two parts": _environment(note="u\u0308"),
    "indentation in the single file": _single(lambda data: json.dumps(json.loads(data), indent=1).encode()),
    "half of a document": edited("review/review.json", lambda data: data[: len(data) // 2]),
}
LISTS: dict[str, Act] = {
    "a line of the manifest missing": lines(MANIFEST, lambda found: found[1:]),
    "an MD5 in the manifest": lines(MANIFEST, lambda found: [found[0][32:], *found[1:]]),
    "a comment in the manifest": lines(MANIFEST, lambda found: ["# checked", *found]),
    "a way up in the manifest": swapped(MANIFEST, "  core/pack.json", "  core/../core/pack.json"),
    "lines of the manifest in another order": lines(MANIFEST, lambda found: found[::-1]),
    "the manifest emptied": edited(MANIFEST, lambda _: b""),
    "another data root": valued(SEAL, lambda value: {**value, "data_root": "0" * 64}),
    "another core digest in the seal": valued(SEAL, lambda value: {**value, "core_digest": "0" * 64}),
    "payload changed and everything sealed anew": both(
        swapped(PAYLOAD, "passed", "failed"), lambda pack, _: reseal(pack)
    ),
    "core changed and everything sealed anew": both(
        valued(CORE, lambda value: {**value, "run_reason": "another"}), lambda pack, _: reseal(pack)
    ),
    "the seal of another pack": taken(SEAL),
}
CLOSED_WORLD: dict[str, Act] = {
    "a file that nobody sealed": added("more.txt"),
    "a hidden file in the core": added("core/.more"),
    "a payload file that nobody sealed": added("data/more.txt"),
    "a file more in the review": added("review/more.txt"),
    "a file more in the index": added("index/more.txt"),
    "an empty folder": lambda pack, _: (pack / "more").mkdir(),
    "a link to nowhere": lambda pack, _: (pack / "more").symlink_to("nowhere"),
    "a link to the payload's own bytes": _linked,
}


def _proof(change: Callable[[list[str]], list[str]]) -> Act:
    return lines(PROOF, change)


def _at(number: int, change: Callable[[str], str]) -> Act:
    """Another line of the proof: 0 form, 1 key, 2 index, 3 to 5 hashes, 7 origin, 8 size, 9 root, 11 signature."""
    return _proof(lambda found: [*found[:number], change(found[number]), *found[number + 1 :]])


def _other_bit(text: str) -> str:
    """Base64 with one bit of its tenth byte turned over: the 14th letter carries four bits of it."""
    return text[:13] + ("A" if text[13] != "A" else "B") + text[14:]


def _last_word(line: str) -> str:
    head, _, word = line.rpartition(" ")
    return f"{head} {_other_bit(word)}"


INDEX: dict[str, Act] = {
    "a bit of a hash of the proof": _at(3, _other_bit),
    "a hash of the proof missing": _proof(lambda found: [*found[:3], *found[4:]]),
    "a hash of the proof twice": _proof(lambda found: [*found[:4], *found[3:]]),
    "hashes of the proof in another order": _proof(lambda found: [*found[:3], *found[5:2:-1], *found[6:]]),
    "another number of the entry": _at(2, lambda _: "index 3"),
    "a number beyond the log": _at(2, lambda _: "index 7"),
    "a bit of the checkpoint's root": _at(9, _other_bit),
    "a larger log": _at(8, lambda _: "8"),
    "a bit of the checkpoint's signature": _at(11, _last_word),
    "a line more in the checkpoint": _proof(lambda found: [*found[:10], "more", *found[10:]]),
    "no signature on the checkpoint": _proof(lambda found: found[:11]),
    "another origin of the checkpoint": _at(7, lambda line: f"{line}x"),
    "another key named in the proof": _at(1, lambda _: f"extra {text64(dsse.public_pem(MALLORY))}"),
    "another form of proof": _at(0, lambda line: line.replace("v1", "v2")),
    "the entry of another pack with its proof": both(taken(ENTRY), taken(PROOF)),
    "the proof of another log": taken(PROOF),
    "the entry without its proof": removed(PROOF),
    "a proof without its entry": removed(ENTRY),
    "the place in the index taken away": lambda pack, _: shutil.rmtree(pack / "index"),
}
CHANGES = BYTES | JSON_FORMS | LISTS | CLOSED_WORLD | INDEX
