"""What the three kinds of statement share: the frame, resource descriptors, and careful readers of sealed documents.

Every function takes any JSON: a core that lacks a field, or holds nonsense in it, still gets its statements, and what
is lacking there is lacking here. Whether such a core is good is for other checks to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast
from urllib.parse import quote

from gonogo_evidence import seal
from gonogo_evidence.canonical import dumps
from gonogo_evidence.files import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON, Digest, JSONObject

REPORT: Final = "core/validator-report.json"
PLAN: Final = "core/run-plan.json"
GIT_HEX: Final = (40, 64)
"""Digits of a commit's name: SHA-1 and SHA-256 repositories."""
LONGEST_SLUG: Final = 100

Kind: TypeAlias = Literal["config", "lock"]


def frame(predicate_type: str, subject: Sequence[JSON], predicate: JSONObject) -> bytes:
    """An in-toto Statement v1 in canonical bytes."""
    return dumps(
        {"_type": seal.STATEMENT_TYPE, "predicateType": predicate_type, "subject": subject, "predicate": predicate}
    )


def file_of(path: str, digests: Mapping[str, Digest]) -> JSONObject:
    """A sealed file by name and digest."""
    return {"name": path, "digest": {"sha256": digests[path]}}


def commits(core: JSONObject) -> Iterator[JSONObject]:
    """The commit that the run looked at; nothing where the core names none."""
    commit = _commit("commit", core, "git_ref")
    if commit is not None:
        yield commit


def dependencies(core: JSONObject) -> list[JSON]:
    """What the run read: commit and base, config, locks, the dataset snapshot."""
    found: list[JSON] = [*commits(core)]
    if base := _commit("base", core, "base"):
        found.append(base)
    found += [*described(core, "config"), *described(core, "lock")]
    snapshot = core.get("dataset_snapshot_id")
    if isinstance(snapshot, str) and snapshot:
        found.append({"name": "dataset_snapshot", "uri": f"urn:gonogo:dataset-snapshot:{quote(snapshot, safe='')}"})
    return found


def described(core: JSONObject, kind: Kind) -> list[JSONObject]:
    """Config or lock files of the core, by name and digest; of config also whose word it was."""
    found: list[JSONObject] = []
    for name, given in sorted(mapping(core.get({"config": "config", "lock": "locks"}[kind])).items()):
        entry = mapping(given)
        digest = entry.get("sha256") if kind == "config" else given
        origin = entry.get("origin")
        notes = {"kind": kind, **({"origin": origin} if isinstance(origin, str) else {})}
        if isinstance(digest, str):
            found.append({"name": name, "digest": {"sha256": digest}, "annotations": notes})
    return found


def gates_of(report: JSONObject) -> list[tuple[str, JSONObject]]:
    """The gates of a validator report, each with a slug of its own: ASCII, and no other's in any case of letters."""
    taken: set[str] = set()
    gates = [gate for gate in listing(report.get("gates")) if isinstance(gate, dict)]
    return [(_own(slug(words(gate, "name"))[:LONGEST_SLUG].rstrip("-."), taken), gate) for gate in gates]


def mapping(value: JSON) -> JSONObject:
    """The object, or an empty one."""
    return cast("JSONObject", value) if isinstance(value, dict) else {}


def listing(value: JSON) -> Sequence[JSON]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else ()


def words(source: JSONObject, name: str) -> str:
    """The string, or an empty one."""
    value = source.get(name)
    return value if isinstance(value, str) else ""


def picked(source: JSONObject, names: Mapping[str, str]) -> dict[str, JSON]:
    """Fields that are there, under other names."""
    return {name: source[key] for name, key in names.items() if key in source}


def passed(gate: JSONObject) -> bool:
    """Whether a gate passed and looked at something: a PASS over nothing proves nothing."""
    checked = gate.get("checked")
    return gate.get("verdict") == "PASS" and isinstance(checked, int) and not isinstance(checked, bool) and checked > 0


def _commit(name: str, core: JSONObject, field: str) -> JSONObject | None:
    commit, root = words(core, field), words(core, "root_commit")
    if len(commit) not in GIT_HEX or not set(commit) <= set("0123456789abcdef"):
        return None
    place: dict[str, JSON] = {"uri": f"urn:gonogo:repository:{quote(root, safe='')}"} if root else {}
    return {"name": name, "digest": {"gitCommit": commit}, **place}


def _own(wanted: str, taken: set[str]) -> str:
    own, number = wanted, 1
    while own.casefold() in taken:
        number += 1
        own = f"{wanted}-{number}"
    taken.add(own.casefold())
    return own
