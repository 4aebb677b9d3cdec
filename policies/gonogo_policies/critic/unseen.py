"""What a diff does not show although it changes: nothing that was not read may pass for clean."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from gonogo_policies.critic.strings import PYTHON, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from gonogo_policies.critic.diff_file import FileDiff
    from gonogo_policies.critic.pack import Pack

LINK, SUBMODULE = "120000", "160000"
_POINTER = "version https://git-lfs.github.com/spec/"
_SETTINGS = frozenset({"toml", "yaml", "yml", "json", "ini", "cfg", "conf", "env", "properties", "xml", "sh"}) | PYTHON
_CODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_PLAIN = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1", "iso-8859-15", "cp1252"})
_SAME = {"yml": "yaml", "pyi": "py", "pyw": "py"}


def kind_of(pack: Pack) -> Callable[[str], Hashable]:
    """What decides which rules hold for a name: files of one kind are read alike."""
    special = [rule.paths for rule in pack.rules if rule.paths.globs != ("**",)]

    def kind(name: str) -> Hashable:
        suffix = suffix_of(name)
        places = tuple(paths.index(name) is None for paths in special)
        return pack.documents.index(name) is None, pack.soft.index(name) is None, _SAME.get(suffix, suffix), places

    return kind


def unseen(file: FileDiff, pack: Pack) -> bool:
    """Whether a file has content that is not shown: packed, copied, of another repository, behind a link, encoded.

    A file that gets another kind of name without all its lines is one: it was read by other rules before.
    """
    if file.binary or file.status == "C":
        return True
    if file.status == "D":
        return False
    kind = kind_of(pack)
    if file.status == "R" and not file.is_joined and kind(file.names[-1]) != kind(file.path):
        return True
    if file.new_mode == SUBMODULE and file.added:
        return True
    if file.new_mode == LINK:
        return any(_leads_out(file.path, target, kind) for _, target in file.added)
    suffix = suffix_of(file.path)
    first = [text for _, text in file.now[:2]]
    if suffix in _SETTINGS and file.added and first and first[0].startswith(_POINTER):
        return True
    codings = [found[1].lower() for text in first if suffix in PYTHON and (found := _CODING.match(text))]
    return any(coding.replace("_", "-") not in _PLAIN for coding in codings)


def _leads_out(path: str, target: str, kind: Callable[[str], Hashable]) -> bool:
    """Whether a link leads out of the repository, or to a file that is read by other rules than its own name."""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return target.startswith("/") or place.startswith("..") or kind(place) != kind(path)
