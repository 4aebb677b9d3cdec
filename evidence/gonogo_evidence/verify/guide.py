"""``VERIFY.md``, made again from the pack and compared: a page of commands is worth as much as who wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gonogo_evidence import guide
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, passed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.verify.open import UnverifiedPack

ID: Final = "authentic.guide"
MARK: Final = re.compile(rb"<!-- (gonogo/verify-guide/v[0-9]{1,4}) -->\n")


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """The guide is what its renderer writes for this pack. A renderer that is not known here cannot be believed.

    A pack without a guide was not published, and nothing is said. A page without a renderer's mark is not ours: broken.
    """
    if guide.NAME not in pack.entries:
        return ()
    data = pack.read(guide.NAME)
    mark = MARK.match(data)
    renderer = mark[1].decode("ascii") if mark else ""
    if mark is not None and renderer not in guide.RENDERERS:
        words = msg("VERIFY.md was written by {renderer}, not known here: do not run what it says.", renderer=renderer)
        return (Check(ID, "INCONCLUSIVE", "GUIDE_OTHER_RENDERER", words, guide.NAME),)
    if mark is None or data != guide.render(pack, renderer):
        words = msg("VERIFY.md is not what this pack gives: do not run what it says.")
        return (broken(ID, "GUIDE_DIFFERS", words, where=guide.NAME),)
    return (passed(ID, msg("VERIFY.md is what this pack gives."), where=guide.NAME),)
