"""Names that must not be mixed up, and plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RunId = NewType("RunId", str)
"""``YYYYMMDD-HHMMSS-<6 hex>``, UTC."""

PackId = NewType("PackId", str)
"""``EVP-<PHASE>-<LAYER>-<YYYYMMDD>-<NNN>``: a name. Identity is the digest."""

LayerId = NewType("LayerId", str)
"""L0 to L6."""

Digest = NewType("Digest", str)
"""SHA-256 over full bytes, 64 lower-case hex digits."""

Principal = NewType("Principal", str)
"""Who signs, as named in allowed_signers; the identity is the key."""

RepositoryId = NewType("RepositoryId", str)
"""First 12 hex digits of the smallest root commit."""

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""Plain values of the restricted canonical form: there are no floats."""

JSONObject: TypeAlias = "Mapping[str, JSON]"
