"""``gonogo verify`` about a drill's pack: who signed the result, and whether the files beside it are what it covers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gonogo.drills.log_pack import pack_of
from gonogo.drills.witness import NAMESPACE, ROLES
from gonogo_evidence import canonical, dsse, sshsig
from gonogo_evidence.drill import RESULT
from gonogo_evidence.drill_result import MOST, SCORECARD, DrillResult, read
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_evidence.verify.drill import REFUSED
from gonogo_evidence.verify.report import Check, Report, broken, of_error, passed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.text import Text

LIMIT = 4 * 1024 * 1024
PEOPLE = "authentic.people"
SIGNED, FILES, MARK, RESULT_ID = "authentic.engine", "authentic.files", "verdict.drill", "verdict.overall"


def judged(folder: Path, keys: Sequence[Ed25519PublicKey], *, as_drill: bool) -> Report:
    """The report about a drill's pack. Without ``as_drill`` it is refused, whatever it says."""
    return Report(tuple(_checks(folder, keys, as_drill=as_drill)))


def _checks(folder: Path, keys: Sequence[Ed25519PublicKey], *, as_drill: bool) -> Iterator[Check]:
    if not as_drill:
        words = msg("This is the result of a drill: it is no evidence of production.")
        yield Check(MARK, "FAIL", "DRILL_PACK", words, RESULT, "verdict", REFUSED)
    try:
        envelope = read_bytes(folder / RESULT, limit=MOST)
        result = read(dsse.parse(envelope).payload)
    except GonogoError as error:
        yield of_error(SIGNED, error, area="authentic")
        return
    yield _signed(envelope, keys)
    yield from _files(folder, result)
    yield from _people(folder, dsse.parse(envelope).payload)
    words = msg(
        "{who} in {drill}, seed {seed}, difficulty {difficulty}: {verdict}, {timebox}.",
        who=result.operator,
        drill=result.drill_id,
        seed=result.seed,
        difficulty=result.difficulty,
        verdict=result.verdict,
        timebox=result.timebox,
    )
    if result.verdict == "PASS":
        yield passed(RESULT_ID, words, area="verdict", where=RESULT)
    else:
        yield Check(RESULT_ID, "FAIL", "DRILL_NOT_PASSED", words, RESULT, "verdict")


def _signed(envelope: bytes, keys: Sequence[Ed25519PublicKey]) -> Check:
    """Who signed it. By a key that nobody here knows anybody could have: that is no limit, it is unknown."""
    try:
        found = dsse.verify(envelope, keys)
    except Inconclusive:
        words = msg("Who signed the drill's result is not known here.")
        return Check(SIGNED, "INCONCLUSIVE", "DRILL_KEY_UNKNOWN", words, RESULT)
    except IntegrityBroken as error:
        return of_error(SIGNED, error, area="authentic")
    return passed(SIGNED, msg("The key {key} of this machine's drills signed it.", key=found.keyid), where=RESULT)


def _people(folder: Path, payload: bytes) -> Iterator[Check]:
    """Operator and validator, where they signed with their own keys: each a good signature, never one key for both."""
    found = dict[str, str]()
    for role in ROLES:
        file = folder / f"{role}.sig"
        if file.exists():
            try:
                parsed = sshsig.parse(read_bytes(file, limit=sshsig.MAX_ARMOR))
                sshsig.check(payload, parsed, namespace=NAMESPACE)
            except GonogoError as error:
                yield of_error(PEOPLE, error, area="authentic")
            else:
                found[role] = parsed.key.fingerprint
                words = msg("The {role} signed it with {key}.", role=role, key=found[role])
                yield passed(PEOPLE, words, where=file.name)
    if len(set(found.values())) < len(found):
        words = msg("Who validates is not who acted: {name}.", name=found["validator"])
        yield Check(PEOPLE, "FAIL", "DRILL_SAME_PERSON", words, "validator.sig", "authentic", REFUSED)


def _files(folder: Path, result: DrillResult) -> Iterable[Check]:
    """The scorecard is the one that was signed, and the other files follow from it."""
    try:
        data = read_bytes(folder / SCORECARD, limit=LIMIT)
        if canonical.digest_of(data) != result.scorecard:
            return [_differs(SCORECARD, msg("The scorecard is not the one that was written."))]
        made = pack_of(json.loads(data))
        found = {name: read_bytes(folder / name, limit=LIMIT) for name in made}
    except GonogoError as error:
        return [_differs(error.where or SCORECARD, error.what)]
    wrong = [name for name, text in made.items() if found[name] != text.encode()]
    if wrong:
        return [_differs(name, msg("The file is not what the scorecard gives.")) for name in wrong]
    words = msg("{count} files are what the signed result gives.", count=len(made) + 1)
    return [passed(FILES, words)]


def _differs(name: str, words: Text) -> Check:
    return broken(FILES, "DRILL_SCORECARD", words, where=name)
