"""docs/security.md says nothing that no test shows: every claim has an id, every id its tests, every test is there."""

from __future__ import annotations

import re
import subprocess
import sys

from support.catalogue import TREE
from support.claims import PAGE, claims, page
from support.tests_there import named_in

SECURITY = TREE / "docs" / "security.md"
ID = re.compile(r"\b[A-Z]-[0-9]+\b")


def test_the_threat_model_and_the_table_have_the_same_claims() -> None:
    said = set(ID.findall(SECURITY.read_text(encoding="utf-8")))
    assert said == {one.id for one in claims()}


def test_every_claim_has_tests_that_are_there() -> None:
    for one in claims():
        assert one.tests, one.id
        for test in one.tests:
            file, _, name = test.partition("::")
            assert name.partition("[")[0] in named_in(file), f"{one.id}: {test}"


def test_every_test_of_a_claim_or_a_control_is_collected() -> None:
    """By pytest itself: a file that is not collected, or a case that is gone, shows nothing."""
    from gonogo_policies.config import load_config, packaged_config, read_folder

    controls = load_config([read_folder(packaged_config(), "packaged")]).controls
    wanted = {test for one in claims() for test in one.tests} | {one.test for one in controls if one.test}
    files = sorted({test.partition("::")[0] for test in wanted})
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--no-header", "-p", "no:cacheprovider", *files]
    done = subprocess.run(argv, cwd=TREE, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = set(done.stdout.splitlines())
    found |= {line.partition("[")[0] for line in found}
    assert wanted <= found, sorted(wanted - found)


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python docs/generate.py"
