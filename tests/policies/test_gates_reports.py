"""Reading test reports: pytest's closing line and JUnit files, and nothing that only looks like them."""

from __future__ import annotations

import contextlib
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import canonical
from gonogo_policies.gates.reports import read_junit, read_pytest
from gonogo_policies.gates.verdicts import Stopped
from gonogo_policies.gates.words import decode, fingerprint, plain

pytestmark = pytest.mark.fast

COUNTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("failed", "passed", "skipped", "deselected", "xfailed", "xpassed"), st.integers(1, 10**6)),
)


@given(COUNTS, st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans())
def test_every_closing_line_is_read(
    counts: dict[str, int], warnings: int, errors: int, framed: bool, long: bool
) -> None:
    parts = [f"{number} {word}" for word, number in counts.items()]
    parts += [f"{warnings} warning{'s' * (warnings > 1)}"] * bool(warnings)
    parts += [f"{errors} error{'s' * (errors > 1)}"] * bool(errors)
    took = "83.12s (0:01:23)" if long else "0.52s"
    line = f"{', '.join(parts) or 'no tests ran'} in {took}"
    suite = read_pytest(f"noise\n{f'=== {line} ===' if framed else line}\n".encode())
    bad = counts.get("failed", 0) + errors
    assert (suite.bad, suite.ran) == (bad, bad + counts.get("passed", 0))
    assert suite.skipped == counts.get("skipped", 0)


@given(st.binary(max_size=300))
def test_garbage_stops_or_counts_but_never_raises_anything_else(data: bytes) -> None:
    for read in (read_pytest, read_junit):
        with contextlib.suppress(Stopped):
            suite = read(data)
            assert suite.ran >= suite.bad >= 0


@pytest.mark.parametrize(
    "line",
    [
        "3 passed",
        "passed in 0.1s",
        "3 cats in 0.1s",
        "all 3 passed in 0.1s",
        "3 passed in 0.1s today",
        "3 passed in 1",
        "",
    ],
)
def test_what_only_looks_like_a_closing_line(line: str) -> None:
    with pytest.raises(Stopped):
        read_pytest(line.encode())


def test_colours_do_not_hide_the_line() -> None:
    suite = read_pytest(b"\x1b[32m\x1b[1m3 passed\x1b[0m\x1b[32m in 0.01s\x1b[0m\r\n")
    assert suite.ran == 3


def test_the_last_closing_line_counts() -> None:
    assert read_pytest(b"9 passed in 0.1s\nmore\n1 failed, 1 passed in 0.2s\n").bad == 1


def test_names_of_failures_come_without_what_they_said() -> None:
    said = b"FAILED t/a.py::test_x - assert 0x7f31 == 1\nERROR t/b.py\nFAILED t/a.py::test_x\n1 failed, 1 error in 1s\n"
    assert {(one.path, one.code) for one in read_pytest(said).findings} == {("t/a.py", "failed"), ("t/b.py", "error")}
    assert "0x7f31" not in repr(read_pytest(said).findings)


def test_words_of_failure_in_a_green_run_are_no_findings() -> None:
    assert not read_pytest(b"FAILED to be bored\n2 passed in 1s\n").findings


@given(st.lists(st.sampled_from(["", "<failure/>", "<error/>", "<skipped/>", "<failure/><skipped/>"]), max_size=20))
def test_junit_counts(marks: list[str]) -> None:
    xml = "<testsuites><testsuite>" + "".join(f"<testcase name='t'>{mark}</testcase>" for mark in marks)
    suite = read_junit(f"{xml}</testsuite></testsuites>".encode())
    assert suite.skipped == marks.count("<skipped/>")
    assert suite.bad == sum("failure" in mark or "error" in mark for mark in marks) == len(suite.findings)
    assert suite.ran == len(marks) - suite.skipped


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_encoding(encoding: str) -> None:
    with pytest.raises(Stopped):
        read_junit(ENTITIES.encode(encoding))
    with pytest.raises(Stopped):
        read_junit('<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>'.encode(encoding))


@pytest.mark.parametrize("xml", ["", "<html/>", "<testsuite>", "<testsuite/><testsuite/>", "<a>" * 200])
def test_what_is_no_junit_file(xml: str) -> None:
    with pytest.raises(Stopped):
        read_junit(xml.encode())


@given(st.text(max_size=40), st.text(max_size=10))
def test_whatever_a_case_is_called_can_stand_in_evidence(name: str, line: str) -> None:
    safe = "".join(sign for sign in name if sign.isprintable())
    number = "".join(sign for sign in line if sign.isprintable())
    xml = f"<testsuite><testcase name={quoteattr(safe)} line={quoteattr(number)}><error/></testcase></testsuite>"
    (finding,) = read_junit(xml.encode()).findings
    canonical.dumps(finding.json())


@given(st.text() | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Mn", "Lo"])), st.integers(2, 50))
def test_plain_words_can_always_be_stored(words: str, limit: int) -> None:
    said = plain(words, limit)
    canonical.dumps(said)
    assert len(said) <= limit
    assert "\n" not in said
    assert len(fingerprint(words, words, words, words)) == 16


@given(st.binary(max_size=200))
def test_decoded_output_has_no_control_characters(data: bytes) -> None:
    assert all(sign in "\n\t" or sign >= " " for sign in decode(data))
