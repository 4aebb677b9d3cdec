"""Who is who: the names, addresses and keys of one person, so that nobody is two and a stranger is nobody.

The table stands in ``separation.toml`` and in ``allowed_signers``, both from outside the change under review. What
shares a name, an address or a key is one person, through as many steps as it takes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gonogo_evidence.allowed_signers import Signer

UNKNOWN: Final = frozenset({"", "unknown"})
_NAMED = re.compile(r"(.*)<([^<>]*)>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class People:
    """The known people: for each, everything that they are called, folded. No two share anything."""

    groups: tuple[frozenset[str], ...] = ()

    def known(self, actor: str) -> bool:
        """Whether an actor is somebody listed. Of ``Name <address>`` only the address says so: names are free."""
        found = _NAMED.fullmatch(_fold(actor))
        identity = found[2].strip() if found else _fold(actor)
        return any(identity in group for group in self.groups)

    def same(self, first: str, second: str) -> bool:
        """Whether two recorded names can be one person: in doubt they are, and nothing is let in."""
        return bool(self.names_of(first) & self.names_of(second))

    def persons(self, actors: Iterable[Iterable[str]]) -> list[frozenset[str]]:
        """All names of each different person among ``actors``, of whom each comes with one name or more."""
        return _joined(self.names_of(*names) for names in actors)

    def names_of(self, *actors: str) -> frozenset[str]:
        """Everything that an actor, given by one name or more, is called as far as is known, folded."""
        own = frozenset[str]().union(*map(faces_of, actors))
        return own.union(*(group for group in self.groups if group & own))


def people_of(listed: Mapping[str, Sequence[str]], signers: Iterable[Signer] = ()) -> People:
    """Put together what the table and the allowed signers say of each person.

    Args:
        listed: from a person's name to what else they are called: addresses, operator ids, key fingerprints.
        signers: each ties a principal to a key.
    """
    tied = [frozenset(map(_fold, (name, *others))) for name, others in listed.items()]
    tied += [frozenset({_fold(signer.principal), _fold(signer.key.fingerprint)}) for signer in signers]
    return People(tuple(sorted((group - UNKNOWN for group in _joined(tied)), key=sorted)))


def faces_of(actor: str) -> frozenset[str]:
    """What an actor is recorded as: the whole, and of ``Name <address>`` each part. In any case and normal form."""
    folded = _fold(actor)
    found = _NAMED.fullmatch(folded)
    parts = (folded, found[1].strip(), found[2].strip()) if found else (folded,)
    return frozenset(parts) - UNKNOWN


def _joined(groups: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The same names in groups that share nothing: what touches is one."""
    apart: list[frozenset[str]] = []
    for group in groups:
        touched = [other for other in apart if other & group]
        apart = [other for other in apart if not other & group]
        apart.append(group.union(*touched))
    return apart


def _fold(actor: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", actor).casefold()).strip()
