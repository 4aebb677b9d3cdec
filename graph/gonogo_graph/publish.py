"""Publishing: a copy of pack and single file to the runbook's path in the operator's repository, and the log of calls.

The state folder stays the truth. A copy that cannot be made is said, and nothing is lost.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from gonogo_evidence import guide
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.seal import SEAL, pack_digest
from gonogo_evidence.text import msg
from gonogo_evidence.verify import open_pack
from gonogo_graph.index_page import refresh_page
from gonogo_graph.places import PUBLISHED
from gonogo_graph.proof import pack_folder
from gonogo_graph.publish_calls import calls_place, publish_calls

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.context import RunContext


def publish(context: RunContext) -> Path | GonogoError:
    """Copy the run's pack into ``data/evidence_packs/``; returns its folder there, or why it could not be copied.

    The lines of a run with models go into the repository's log of calls.
    """
    target = context.repository.root / PUBLISHED
    try:
        source = pack_folder(context)
        refuse_links(context.repository.root, target)
        target.mkdir(parents=True, exist_ok=True)
        _refuse_another(source, target / source.name)
        _replace_folder(source, target / source.name)
        _replace_file(source.with_name(f"{source.name}.json"), target / f"{source.name}.json")
        refresh_page(context.repository.root, context.places, context.store)
        if calls := calls_place(context):
            refuse_links(context.repository.root, calls)
            publish_calls(context, calls)
    except GonogoError as error:
        return error
    except OSError as error:
        return Inconclusive(
            "PUBLISH_FAILED",
            msg("The pack was not copied into the repository: {reason}.", reason=error.strerror or str(error)),
            where=str(target),
            next_step=msg(
                "Nothing is lost: it lies in the state folder. Make the folder writable, then resume the run."
            ),
        )
    return target / source.name


def refuse_links(root: Path, target: Path) -> None:
    """The way down must be real folders: a link in a checkout must not lead the copy elsewhere."""
    for path in [target, *target.parents]:
        if path == root:
            return
        if path.is_symlink():
            raise Inconclusive(
                "PUBLISH_LINK",
                msg("The place to publish to is a link; it is not followed."),
                where=str(path),
                next_step=msg("Replace the link by a folder. The pack lies in the state folder."),
            )


def _refuse_another(source: Path, target: Path) -> None:
    """A pack of the same name from another machine stays as it is."""
    if target.exists() and (not (target / SEAL).is_file() or pack_digest(target) != pack_digest(source)):
        raise Inconclusive(
            "PUBLISH_TAKEN",
            msg("Another pack of this name lies there already; it was not touched."),
            where=str(target),
            next_step=msg("Move it away, then resume the run. This run's pack lies in the state folder."),
        )


def _replace_folder(source: Path, target: Path) -> None:
    fresh, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(source, fresh, symlinks=True)
    (fresh / guide.NAME).write_bytes(guide.render(open_pack(fresh)))
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _replace_file(source: Path, target: Path) -> None:
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    shutil.copyfile(source, fresh, follow_symlinks=False)
    os.replace(fresh, target)  # noqa: PTH105 - atomic, as in files.py
