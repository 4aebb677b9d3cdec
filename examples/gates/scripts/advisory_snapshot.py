"""Make an advisory snapshot for the audit gate from OSV's export of an ecosystem (a zip of one JSON file a record).

    python scripts/advisory_snapshot.py all.zip advisories.json

Its day is the newest change of any record: an export that lay about for a month says so itself.
"""

import json
import sys
import zipfile
from pathlib import Path

KEPT = ("id", "aliases", "withdrawn", "affected")
AFFECTED = ("package", "versions", "ranges")


def slim(record: dict[str, object]) -> dict[str, object]:
    """What the gate reads of a record."""
    affected = [{key: one[key] for key in AFFECTED if key in one} for one in record.get("affected", [])]
    return {key: record[key] for key in KEPT if key in record} | {"affected": affected}


def main(source: str, target: str) -> int:
    """Read all records, write the snapshot."""
    with zipfile.ZipFile(source) as archive:
        records = [json.loads(archive.read(name)) for name in sorted(archive.namelist()) if name.endswith(".json")]
    snapshot = {
        "schema": "gonogo/advisories/v1",
        "ecosystem": "PyPI",
        "as_of": max(record["modified"] for record in records),
        "source": Path(source).name,
        "advisories": [slim(record) for record in records],
    }
    Path(target).write_text(json.dumps(snapshot), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
