"""Prompts, assembled from versioned templates. What a file or a model wrote is fenced, and stands in no instruction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_evidence import canonical
from gonogo_evidence.text import fill
from gonogo_evidence.transcripts import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import Digest, JSONObject

Side: TypeAlias = Literal["proposer", "critic", "words"]
TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
PROPOSAL: Final = "P"


@dataclass(frozen=True, slots=True)
class Shown:
    """One input as a model sees it."""

    id: str
    """``E1``, ``E2``, ...: what a claim cites."""
    path: str
    sha256: str
    size: int
    text: str | None
    """None: a pointer only; the model sees path, digest and size."""

    def json(self) -> JSONObject:
        """The form for evidence: without the words."""
        listed: JSONObject = {"id": self.id, "path": self.path, "sha256": self.sha256, "size": self.size}
        return {**listed, "shown": "pointer" if self.text is None else "text"}


@dataclass(frozen=True, slots=True)
class Template:
    """A versioned template."""

    side: str
    version: int
    sha256: Digest
    words: str

    def json(self) -> JSONObject:
        """Which one it was."""
        return {"template": self.side, "version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Layer:
    """What a prompt says of the layer."""

    layer_id: str
    name: str
    purpose: str
    constraints: Sequence[str]
    allowed: Sequence[str]
    forbidden: Sequence[str]


@cache
def template(side: str) -> Template:
    """The template of this side, with the digest of its whole file."""
    data = (TEMPLATES / f"{side}.txt").read_bytes()
    head, _, words = data.decode().partition("\n")
    return Template(side, int(head.removeprefix("version: ")), canonical.digest_of(data), words)


def messages(
    side: Side,
    layer: Layer,
    task: str,
    inputs: Sequence[Shown],
    proposal: str | None = None,
    *,
    role: Mapping[str, str] | None = None,
) -> list[JSONObject]:
    """The messages of a request: our instructions as the system's words, everything else fenced as the user's.

    The fence is a digest over all that it encloses, so that nothing inside can hold it. ``role`` holds what a prompt
    for a role says of it: ``role``, ``purpose``, ``kinds``.
    """
    body = _body(inputs, proposal)
    fence = canonical.digest_of(body.encode(errors="replace"))[:24]
    ids = [one.id for one in inputs]
    words: Mapping[str, str] = {
        "layer": layer.layer_id,
        "name": layer.name,
        "purpose": layer.purpose,
        "constraints": "\n".join(f"- {one}" for one in layer.constraints),
        "types": ", ".join(layer.allowed),
        "forbidden": ", ".join(layer.forbidden),
        "ids": ", ".join([*ids, *([PROPOSAL] if proposal is not None else [])]),
        "fence": fence,
        **(role or {}),
    }
    told = plain(f"{fence}\n{body}{fence}\nTask: {task}\n")
    return [
        {"role": "system", "content": plain(fill(template(side).words, dict(words)))},
        {"role": "user", "content": told},
    ]


def is_of_a_role(request: JSONObject) -> bool:
    """Whether a request asks for words in a role: nothing else begins so, and such words decide nothing."""
    match request.get("messages"):
        case [{"role": "system", "content": str(words)}, *_]:
            return words.startswith(template("words").words.partition("{")[0])
        case _:
            return False


def _body(inputs: Sequence[Shown], proposal: str | None) -> str:
    parts = [_input(one) for one in inputs]
    if proposal is not None:
        parts.append(f"[{PROPOSAL}] the proposal\n{proposal}\n")
    return "".join(parts)


def _input(one: Shown) -> str:
    """One input; of a pointer the model sees path, digest and size."""
    if one.text is None:
        return f"[{one.id}] {one.path} sha256:{one.sha256} {one.size} bytes\n"
    return f"[{one.id}] {one.path}\n{one.text}" + ("" if one.text.endswith("\n") else "\n")
