"""Duty 2, step B: what is there, and which paths and commands are canonical: facts with path, line and blob.

Finders look for each kind of thing in the commit's own files; what is not there is stated as absent. Hard: the four
tasks of the runbook's step B (B-SCHEMA, B-LAYERS, B-CI, B-COMMANDS) were really done over more than no files, and no
fact stands without a pointer (B-POINTERS).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.finders import KINDS, NAME_FINDERS, TEXT_FINDERS
from gonogo_agents.duties.facts.interface import Source, depth
from gonogo_agents.duties.facts.shapes import as_object, check, clean, number_of, objects_of, pointer
from gonogo_agents.duty import Result
from gonogo_evidence.text import msg
from gonogo_evidence.verdict import worst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_agents.duties.facts.interface import Found
    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict

MAX_READ = 10_000
"""Files whose text is looked at, those nearest the root first."""
MAX_BATCH = 8 * 1024 * 1024
"""Bytes of files that are asked for at once; a file over 1 MiB is handed out cut."""
MAX_KIND = 500
"""Facts of one kind that are listed; the counts are whole."""
MAX_UNREADABLE = 50
MAX_POINTERS = 5
_FILE_MODES = {"100644", "100755", "100664"}
_CONTROLS = (
    ("B-SCHEMA", ("evidence-schema", "schema", "validator")),
    ("B-LAYERS", ("layer-map", "model-registry", "capability-scope")),
    ("B-CI", ("ci-workflow", "ci-job")),
    ("B-COMMANDS", ("command", "script")),
)


def inventory(view: View, ask: Ask) -> Result:
    """Collect the facts. Verdict: the worst of the hard checks."""
    del view
    listing = as_object(ask("repo.list"))
    files = [entry for entry in objects_of(listing.get("files")) if entry.get("mode") in _FILE_MODES]
    names = [Source(str(entry.get("path")), str(entry.get("blob"))) for entry in files]
    wanted = _wanted(names)
    unreadable: list[dict[str, JSON]] = []
    facts: list[JSONObject] = []
    read = 0
    for finder in NAME_FINDERS:
        facts += [_fact(source, found) for source, found in finder.find(names)]
    for batch in _batches(wanted[:MAX_READ], files):
        for source in _read(batch, unreadable, ask):
            facts += _facts_in(source, unreadable)
            read += 1
    facts.sort(key=_order)
    whole = bool(files) and listing.get("truncated") is False and len(wanted) <= MAX_READ
    counts = Counter(str(fact["kind"]) for fact in facts)
    checks = [_looked_for(name, kinds, facts, unreadable, len(files), whole=whole) for name, kinds in _CONTROLS]
    checks.append(_pointed(facts, {(source.path, source.blob) for source in names}, len(files)))
    value: dict[str, JSON] = {
        "facts": list(_capped(facts)),
        "counts": {kind: counts[kind] for kind in KINDS},
        "absent": [kind for kind in KINDS if not counts[kind]],
        "files": {
            "listed": number_of(listing.get("count")),
            "hidden": number_of(listing.get("hidden")),
            "read": read,
            "unreadable": len(unreadable),
        },
        "unreadable": cast("JSON", unreadable[:MAX_UNREADABLE]),
        "complete": whole,
        "checks": checks,
    }
    return Result(worst(cast("Verdict", entry["verdict"]) for entry in checks), value)


def _wanted(names: Sequence[Source]) -> list[Source]:
    wanted = [source for source in names if any(finder.wants(source.path) for finder in TEXT_FINDERS)]
    return sorted(wanted, key=lambda source: (depth(source.path), source.path))


def _batches(wanted: Sequence[Source], files: Sequence[JSONObject]) -> Iterator[list[Source]]:
    """The wanted files by the batch, so that no answer and no text in hand grows with the repository."""
    sizes = {str(entry.get("path")): number_of(entry.get("size")) for entry in files}
    batch, held = list[Source](), 0
    for source in wanted:
        size = sizes[source.path]
        if batch and held + size > MAX_BATCH:
            yield batch
            batch, held = [], 0
        batch.append(source)
        held += size
    if batch:
        yield batch


def _read(batch: Sequence[Source], unreadable: list[dict[str, JSON]], ask: Ask) -> list[Source]:
    """The texts of these files; what is no text goes to the unreadable ones with its reason."""
    answer = as_object(ask("repo.read", paths=[source.path for source in batch]))
    sources: list[Source] = []
    for entry in objects_of(answer.get("files")):
        path, text = str(entry.get("path")), entry.get("text")
        if isinstance(text, str):
            sources.append(Source(path, str(entry.get("blob")), text))
        if not isinstance(text, str) or entry.get("truncated") is True:
            unreadable.append({"path": path, "reason": str(entry.get("reason") or "truncated")})
    return sources


def _facts_in(source: Source, unreadable: list[dict[str, JSON]]) -> list[JSONObject]:
    facts: list[JSONObject] = []
    for finder in TEXT_FINDERS:
        if finder.wants(source.path):
            try:
                facts += [_fact(source, found) for found in finder.find(source)]
            except (ValueError, RecursionError):
                unreadable.append({"path": source.path, "reason": "malformed"})
    return facts


def _fact(source: Source, found: Found) -> JSONObject:
    return {
        "kind": found.kind,
        "name": clean(found.name),
        "path": source.path,
        "line": found.line,
        "blob": source.blob,
        "value": _cleaned(found.value),
    }


def _cleaned(value: JSON) -> JSON:
    """The same with every string as evidence may hold it, whatever a file's author wrote."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(item) for name, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def _order(fact: JSONObject) -> tuple[int, str, int, str]:
    return KINDS.index(str(fact["kind"])), str(fact["path"]), number_of(fact["line"]), str(fact["name"])


def _capped(facts: Sequence[JSONObject]) -> Iterator[JSONObject]:
    seen: Counter[str] = Counter()
    for fact in facts:
        kind = str(fact["kind"])
        seen[kind] += 1
        if seen[kind] <= MAX_KIND:
            yield fact


def _looked_for(
    name: str,
    kinds: Sequence[str],
    facts: Sequence[JSONObject],
    unreadable: Sequence[JSONObject],
    searched: int,
    *,
    whole: bool,
) -> JSONObject:
    """A search that was done is a PASS, found or not; one that could not be done in full and found nothing is not."""
    found = [fact for fact in facts if fact["kind"] in kinds]
    words = ", ".join(kinds)
    if not searched:
        return check(name, "INCONCLUSIVE", msg("There is no file to look at."), hard=True, basis="absent")
    if found:
        text = msg(
            "Looked for {kinds}: {count} found, the first is {name} in {path}.",
            kinds=words,
            count=len(found),
            name=str(found[0]["name"]),
            path=str(found[0]["path"]),
        )
        places = [_place(fact) for fact in found[:MAX_POINTERS]]
        return check(name, "PASS" if whole else "INCONCLUSIVE", text, hard=True, pointers=places)
    missed = [entry for entry in unreadable if _could_hold(str(entry["path"]), kinds)]
    if missed or not whole:
        text = msg(
            "Looked for {kinds}: none found, but {count} files that could hold some were not read in full.",
            kinds=words,
            count=len(missed),
        )
        return check(name, "INCONCLUSIVE", text, hard=True, basis="absent")
    text = msg("Looked for {kinds} in {files} files: there is none.", kinds=words, files=searched)
    return check(name, "PASS", text, hard=True, basis="absent")


def _could_hold(path: str, kinds: Sequence[str]) -> bool:
    return any(finder.wants(path) and set(finder.kinds) & set(kinds) for finder in TEXT_FINDERS)


def _pointed(facts: Sequence[JSONObject], known: set[tuple[str, str]], searched: int) -> JSONObject:
    lost = [fact for fact in facts if (fact["path"], fact["blob"]) not in known]
    if lost or not searched:
        text = msg("{count} facts point at no file of the commit.", count=len(lost))
        return check("B-POINTERS", "FAIL" if lost else "INCONCLUSIVE", text, hard=True)
    text = msg("Each of the {count} facts points at a file of the commit by its blob.", count=len(facts))
    return check("B-POINTERS", "PASS", text, hard=True, basis="measured" if facts else "absent")


def _place(fact: JSONObject) -> JSONObject:
    return pointer(str(fact["path"]), cast("int | None", fact["line"]), str(fact["blob"]))
