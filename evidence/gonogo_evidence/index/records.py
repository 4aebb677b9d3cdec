"""``entries.idx``: 32 bytes an entry, so that one entry is found without reading those before it.

Eight bytes say where the entry's line ends in ``entries.jsonl`` (little-endian), 24 are the first of its identity.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final

from gonogo_evidence.index import disk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import Digest

RECORD: Final = 32
OFFSET: Final = 8
FEW: Final = 16
"""Up to so many look-ups between two loads are searches; for more a table is made."""


class Records:
    """The records of one log, over an open descriptor that the caller closes. None: there are no records."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self._table: dict[bytes, int] | None = None
        self._asked = 0
        self._end = 0
        self.count = 0
        """Entries that are recorded, as of the last :meth:`load` or :meth:`extend`."""

    def load(self, limit: int | None = None) -> None:
        """See how many there are now; at most ``limit`` count. What is torn or empty is left out."""
        if self._descriptor is None:
            return
        whole = os.fstat(self._descriptor).st_size // RECORD
        self.count = whole if limit is None else min(whole, limit)
        self._table, self._asked = None, 0
        while self.count and self._read_end(self.count) == 0:  # room that a power cut left without its bytes
            self.count -= 1
        self._end = self._read_end(self.count)

    def end(self, count: int) -> int:
        """Where the first ``count`` lines end, in bytes."""
        return self._end if count == self.count else self._read_end(count)

    def find(self, identity: Digest) -> int | None:
        """The number of the first entry with this identity."""
        wanted = _short(identity)
        if self._table is not None:
            return self._table.get(wanted)
        if self.count == 0 or self._descriptor is None:
            return None
        with mmap.mmap(self._descriptor, self.count * RECORD, prot=mmap.PROT_READ) as data:
            place = data.find(wanted)
            while place >= 0 and place % RECORD != OFFSET:
                place = data.find(wanted, place + 1)
        return place // RECORD if place >= 0 else None

    def expect(self, many: int) -> None:
        """Prepare for ``many`` look-ups."""
        self._asked += many
        if self._asked > FEW and self._table is None and self._descriptor is not None:
            data = disk.read_at(self._descriptor, self.count * RECORD, 0)
            places = range(len(data) - RECORD, -1, -RECORD)
            self._table = {data[at + OFFSET : at + RECORD]: at // RECORD for at in places}

    def extend(self, fresh: Sequence[tuple[int, Digest]]) -> None:
        """Record further entries: the length of each line and its identity. Raises ``OSError``."""
        end, added = self._end, bytearray()
        for length, identity in fresh:
            end += length
            added += end.to_bytes(OFFSET, "little") + _short(identity)
        if self._descriptor is not None:
            disk.write_at(self._descriptor, bytes(added), self.count * RECORD)
        if self._table is not None:
            for at, (_, identity) in enumerate(fresh, start=self.count):
                self._table.setdefault(_short(identity), at)
        self.count, self._end = self.count + len(fresh), end

    def clear(self) -> None:
        """Forget everything, to be made again from the entries."""
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
        self._table, self._asked, self.count, self._end = None, 0, 0, 0

    def _read_end(self, count: int) -> int:
        if count <= 0 or self._descriptor is None:
            return 0
        return int.from_bytes(disk.read_at(self._descriptor, OFFSET, (count - 1) * RECORD), "little")


def _short(identity: Digest) -> bytes:
    return bytes.fromhex(identity)[: RECORD - OFFSET]
