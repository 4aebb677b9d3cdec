"""Remote checks that a policy requires, as the stranger's single file judges them: gonogo's answers and codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import dsse, verify_pack
from gonogo_policies.remote import remote_of
from gonogo_policies.remote.snapshot import STATES
from support.attested import Person, committed, reviewed_pack, signed
from support.stranger import bring, codes, main

KEY = dsse.load(dsse.new_engine_key())
COMMIT, OTHER = "a" * 40, "b" * 40
POLICY = Path(__file__).parents[2] / "config/signoff.toml"
ADVISORY, REQUIRED = POLICY.read_text(), POLICY.read_text().replace('checks = "advisory"', 'checks = "required"')

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.statement import Decision

NAMES = st.sampled_from(["Lint Gate", "Tests", "Docs"])
HELD = st.fixed_dictionaries(
    {},
    optional={
        "commit": st.sampled_from([COMMIT, OTHER, None]),
        "whole": st.sampled_from([True, False, None, 1]),
        "checks": st.dictionaries(NAMES, st.sampled_from([*STATES, "unheard of", None])) | st.none(),
        "required": st.lists(NAMES, max_size=3) | st.none(),
    },
)


class Opened:
    """A pack as far as the question reads it."""

    def __init__(self, held: JSON) -> None:
        self._held = held

    def json(self, path: str) -> JSONObject:
        """The two documents."""
        around: JSONObject = {"observed": {"preflight_snapshot": {"remote": self._held}}}
        return around if path == verify_pack.ENVIRONMENT else {"git_ref": COMMIT}


@given(HELD | st.none() | st.text(max_size=3))
def test_both_make_the_same_of_a_snapshot(held: Any) -> None:  # noqa: ANN401 - a document
    opened = Opened(held)
    seen = verify_pack.remote(cast("verify_pack.Pack", opened))
    assert seen == remote_of(opened.json(verify_pack.ENVIRONMENT), COMMIT)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (ADVISORY, False),
        (REQUIRED, True),
        (ADVISORY.replace('remote_checks = "advisory"\n', ""), False),
        (REQUIRED.replace('remote_checks = "', 'remote_checks="') + "# remote_checks\n", True),
        (REQUIRED.replace('"required"', "'required'"), None),
        (REQUIRED.replace("remote_checks =", '"remote_checks" ='), None),
        (REQUIRED.replace("remote_checks =", '"remote\\u005fchecks" ='), None),
        (ADVISORY + 'remote_checks = "required"\n', None),
        (ADVISORY.replace("advisory", "sometimes"), None),
        ('x = """\n' + REQUIRED, None),
        ("", None),
        ("\0\udcff", None),
    ],
)
def test_a_policy_is_read_where_it_says_so_plainly_and_refused_elsewhere(text: str, needed: bool | None) -> None:
    data = text.encode("utf-8", "surrogateescape")
    if needed is None:
        with pytest.raises(verify_pack.Finding) as refused:
            verify_pack.needs_remote(data)
        assert (refused.value.code, refused.value.exit_code) == ("FILE_UNUSABLE", 2)
    else:
        assert verify_pack.needs_remote(data) is needed


@pytest.mark.parametrize(
    ("state", "decision", "policy", "expected"),
    [
        (None, "GO", REQUIRED, (5, "REMOTE_CHECKS_REQUIRED")),
        ("pending", "GO", REQUIRED, (5, "REMOTE_CHECKS_REQUIRED")),
        ("failure", "GO", REQUIRED, (5, "REMOTE_CHECKS_FAILED")),
        ("pending", "GO-WITH-CONDITIONS", REQUIRED, (5, "CONDITION_MISSING")),
        ("failure", "NO-GO", REQUIRED, (1, "DECIDED_NO_GO")),
        ("success", "GO", REQUIRED, (0, "")),
        ("failure", "GO", ADVISORY, (0, "")),
    ],
)
def test_a_pack_does_not_pass_where_the_policy_requires_checks_that_it_has_not_seen(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    state: str | None,
    decision: Decision,
    policy: str,
    expected: tuple[int, str],
) -> None:
    alice = Person.new(tmp_path / "keys", "alice@example.org")
    bring(tmp_path, KEY, alice)
    held: JSONObject = {"checks": {"Lint Gate": state}, "commit": COMMIT, "required": ["Lint Gate"], "whole": True}
    observed: dict[str, JSON] = {"observed": {"preflight_snapshot": {"remote": held}}} if state else {}
    sealed = reviewed_pack(tmp_path / "EVP-4BM2-L0-20260109-001", KEY, environment=observed, git_ref=COMMIT)
    committed(sealed, KEY, decision, signed(sealed, alice, decision))
    (tmp_path / "signoff.toml").write_text(policy)
    code, report = main(sealed.folder, capsys, "--policy", str(tmp_path / "signoff.toml"))
    assert (code, codes(report) - {"INDEX_ABSENT"}) == (expected[0], {expected[1]} - {""}), report
