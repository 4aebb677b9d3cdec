"""The single file beside a pack: derived again from the sealed files, compared byte for byte."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gonogo_evidence.canonical import MAX_BYTES, loads_object
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes
from gonogo_evidence.single_file import SOURCES, compose, single_file_path
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, limit, passed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.single-file"
SINGLE = "single-file"
"""Stands for the single file where documents of a pack are listed."""


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """The single file is what the sealed files give. A pack that travels without it is whole all the same."""
    path = single_file_path(pack.folder)
    if not os.path.lexists(path):
        words = msg("No single file lies beside the pack; everything in it is in the pack too.")
        return (limit(ID, "SINGLE_FILE_ABSENT", words),)
    try:
        data = read_bytes(path, limit=MAX_BYTES)
    except BadInput as error:
        return (broken(ID, "SINGLE_FILE_DIFFERS", error.what, where=path.name),)
    documents = {name: pack.json(name) for name in SOURCES}
    made = compose(documents, {name: pack.hash(name).sha256 for name in SOURCES})
    if data != made:
        words = msg("The single file is not what the sealed files give.")
        return (broken(ID, "SINGLE_FILE_DIFFERS", words, where=path.name),)
    return (passed(ID, msg("The single file is what the sealed files give, {size} bytes.", size=len(data))),)


def read_single(pack: UnverifiedPack) -> JSONObject | None:
    """The single file as it lies there, or None. Raises :class:`GonogoError` for what cannot be read."""
    path = single_file_path(pack.folder)
    return loads_object(read_bytes(path, limit=MAX_BYTES)) if os.path.lexists(path) else None
