"""Reading the prompts' source: TOML beside this file, checked by models, one file a role and one frame around all."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from gonogo_agents.duty import ROLES, Role
from gonogo_policies.config.base import Many, Model, RoleName

if TYPE_CHECKING:
    from collections.abc import Mapping

Language: TypeAlias = Literal["en", "de"]
Line = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Part = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Lines = Annotated[Many[Line], Field(min_length=1)]

HERE = Path(__file__).resolve().parent


class FrameWords(Model):
    """What every prompt says, in one language; ``{...}`` is filled in by :mod:`gonogo_agents.prompts.compose`."""

    columns: Annotated[Many[Line], Field(min_length=2, max_length=2)]
    lead_about: Line
    lead: Part
    """What the agent is told that leads through a run."""
    about: Part
    """What every agent of the repository is told."""
    opening: Line
    duties: Line
    duty: Line
    work: Line
    rights: Line
    reads: Line
    sees: Line
    asks: Line
    writes: Line
    nothing: Line
    how: Line
    handing: Lines
    never: Line
    nevers: Lines
    stopping: Line
    stops: Lines
    reply: Line
    frame: Lines


class Frame(Model):
    """``frame.toml``."""

    schema_: Literal["gonogo/prompt-frame/v1"] = Field(alias="schema")
    version: Annotated[int, Field(ge=1)]
    en: FrameWords
    de: FrameWords


class RoleWords(Model):
    """What only this role is told."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    """One line; a host decides by it when to call the role."""
    work: Lines


class RolePrompt(Model):
    """One role's file."""

    schema_: Literal["gonogo/prompt/v1"] = Field(alias="schema")
    role: RoleName
    version: Annotated[int, Field(ge=1)]
    en: RoleWords
    de: RoleWords


@dataclass(frozen=True, slots=True)
class Source:
    """All prompts, and a digest over their bytes: what an export says it was made from."""

    frame: Frame
    roles: Mapping[Role, RolePrompt]
    digest: str
    """SHA-256 over the files in the order of their names, 64 hex digits."""


def load_source(folder: Path = HERE) -> Source:
    """Read the packaged prompts. Raises ``ValueError`` (pydantic's) for a file that is not in the form."""
    seen = hashlib.sha256()
    data: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.toml")):
        data[path.stem] = path.read_bytes()
        seen.update(f"{path.name}\0{len(data[path.stem])}\0".encode() + data[path.stem])
    frame = Frame.model_validate(tomllib.loads(data.pop("frame").decode()))
    found = [RolePrompt.model_validate(tomllib.loads(text.decode())) for text in data.values()]
    roles = {prompt.role: prompt for prompt in found}
    if sorted(roles) != sorted(ROLES) or len(found) != len(ROLES):
        raise ValueError("each of the six roles has one prompt")
    return Source(frame, {role: roles[role] for role in ROLES}, seen.hexdigest())
