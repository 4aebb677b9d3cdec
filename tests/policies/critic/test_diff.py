"""Git's output read strictly: what real git prints of any two trees is read right, what it would not is refused."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo_policies.critic import DiffInvalid, FileDiff, read_diff
from gonogo_policies.critic.diff_names import read_name
from support.repos import Files, Repo, executable, link, make_repo, submodule

PATCH = ("diff-tree", "-r", "--patch", "--text", "--full-index", "-M50%", "--no-color", "--src-prefix=a/")
NAMES = st.sampled_from(
    ["a.py", "d/a b.toml", 'q"uote', "tab\tname", "new\nline", "back\\slash", "Größe/é.md", "b/b b/b", "-dash", "x b/x"]
)
LINES = st.lists(
    st.sampled_from(
        ["", "x = 1", "-- a", "++ b", "@@ -1 +1 @@", "\\ No newline", "é\r", "\x0c\x85\u2028", "diff --git a/x b/x"]
    ),
    max_size=6,
)
CONTENTS = st.builds(lambda lines, end: ("\n".join(lines) + end).encode(), LINES, st.sampled_from(["", "\n"]))
TREES = st.dictionaries(NAMES, CONTENTS, max_size=5)


def lines_of(data: bytes) -> list[str]:
    text = data.decode()
    return text.removesuffix("\n").split("\n") if text else []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=TREES, new=TREES, context=st.sampled_from([0, 3, 100000]))
def test_what_git_prints_is_read_line_by_line(old: dict[str, bytes], new: dict[str, bytes], context: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        changes = {**dict.fromkeys(old), **new}
        repo = make_repo(Path(place) / "r", {"keep": "k\n", **old}, [{"keep": "k\n", **changes, "made": "m\n"}])
        shown = repo.git(*PATCH, f"--unified={context}", *repo.commits) + "\n"
    files = {file.path: file for file in read_diff(shown.encode("utf-8", "surrogateescape"))}
    assert set(files) == {name for name in {*old, *new} if old.get(name) != new.get(name)} - _moved(files) | {"made"}
    for name, file in files.items():
        if name != "made":
            _agrees(file, old.get(file.old_path or name, b""), new.get(name, b""), whole=context > 9)


def _moved(files: dict[str, FileDiff]) -> set[str]:
    return {file.old_path for file in files.values() if file.old_path} - set(files)


def _agrees(file: FileDiff, old: bytes, new: bytes, *, whole: bool) -> None:
    before, after = lines_of(old), lines_of(new)
    assert all(after[number - 1] == text for number, text in (*file.added, *file.now))
    assert all(before[number - 1] == text for number, text in file.removed)
    kept = Counter(after) - Counter(text for _, text in file.added)
    assert kept + Counter(text for _, text in file.removed) == Counter(before)
    if whole and file.now:
        assert [text for _, text in file.now] == after


def printed(repo: Repo, *options: str) -> tuple[FileDiff, ...]:
    return read_diff((repo.git(*PATCH, *options, *repo.commits) + "\n").encode("utf-8", "surrogateescape"))


def test_renames_modes_links_and_submodules(tmp_path: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    first: Files = {
        "old name.py": text,
        "run.sh": "x\n",
        "l": link("a"),
        "gone": "1\n",
        "empty": "",
        "s": submodule("a" * 40),
    }
    then: Files = {"old name.py": None, "new name.py": text + "more\n", "run.sh": executable("x\n"), "l": link("b")}
    repo = make_repo(tmp_path / "r", first, [{**then, "gone": None, "empty": None, "s": submodule("b" * 40), "e2": ""}])
    found = {file.path: file for file in printed(repo)}
    moved = found["new name.py"]
    assert (moved.status, moved.old_path, moved.names) == ("R", "old name.py", ("new name.py", "old name.py"))
    assert moved.added == [(21, "more")]
    assert (found["run.sh"].old_mode, found["run.sh"].new_mode, found["run.sh"].added) == ("100644", "100755", [])
    assert (found["l"].removed, found["l"].added) == ([(1, "a")], [(1, "b")])
    assert (found["gone"].status, found["gone"].removed) == ("D", [(1, "1")])
    assert found["s"].added == [(1, f"Subproject commit {'b' * 40}")]
    assert (found["e2"].status, found["e2"].names, found["e2"].now) == ("R", ("e2", "empty"), [])


def test_a_name_that_is_no_utf8_and_a_binary_file(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1\n"}, [{b"b\xff.bin": b"\0\1\n\2"}])
    (shown,) = printed(repo)
    assert (shown.path, shown.binary, len(shown.added)) == ("b%FF.bin", False, 2)
    words = repo.git("diff", "--no-color", *repo.commits) + "\n"
    (hidden,) = read_diff(words.encode("utf-8", "surrogateescape"))
    assert (hidden.path, hidden.binary, hidden.added) == ("b%FF.bin", True, [])
    words = repo.git("diff", "--no-color", "--binary", *repo.commits) + "\n\n"
    (packed,) = read_diff(words.encode("utf-8", "surrogateescape"))
    assert (packed.path, packed.binary, packed.status) == ("b%FF.bin", True, "A")


def test_a_merge_is_read_as_a_combined_diff(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1\n2\n3\n"}, [{"a": "one\n2\n3\n"}])
    repo.git("checkout", "-q", "-b", "side", repo.commits[0])
    (repo.path / "a").write_text("uno\n2\n3\n")
    repo.git("commit", "-qam", "side")
    repo.git("merge", "-q", "-s", "ours", repo.commits[1])
    (repo.path / "a").write_text("ein\n2\n3")
    repo.git("commit", "-qa", "--amend", "-m", "m")
    for form in ("--cc", "-c"):
        words = repo.git("diff-tree", "-p", form, "--no-commit-id", "HEAD") + "\n"
        (file,) = read_diff(words.encode())
        assert (file.path, file.parents, file.added[0]) == ("a", 2, (1, "ein"))
        assert sorted(text for _, text in file.removed if text != "3") == ["one", "uno"]


HEAD = "diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n"
GOOD = f"{HEAD}@@ -1,2 +1,2 @@ def f():\n a\n-b\n+c\n"


def test_the_plain_case() -> None:
    (file,) = read_diff(GOOD.encode())
    assert (file.path, file.status, file.added, file.removed) == ("x", "M", [(2, "c")], [(2, "b")])
    assert file.now == [(1, "a"), (2, "c")]
    assert read_diff(b"") == ()


BAD = {
    "cut short": (GOOD.removesuffix("+c\n"), 8),
    "no last line end": (GOOD.removesuffix("\n"), 8),
    "a line too many": (f"{GOOD}+d\n", 9),
    "another count": (GOOD.replace("-1,2 +1,2", "-1,3 +1,2"), 9),
    "words before it": (f"commit abc\n\n{GOOD}", 1),
    "words after it": (f"{GOOD}and so on\n", 9),
    "another name in the marks": (GOOD.replace("+++ b/x", "+++ b/y"), 1),
    "another name in the header": (GOOD.replace("diff --git a/x b/x", "diff --git a/docs.md b/docs.md"), 1),
    "no prefix": (GOOD.replace("a/x", "x").replace("b/x", "x"), 1),
    "half a renaming": (GOOD.replace("index", "rename from x\nindex"), 4),
    "a similarity of words": (GOOD.replace("index", "similarity index much\nindex"), 2),
    "a header twice": (GOOD.replace("--- a/x", "index 1111111..2222222 100644\n--- a/x"), 3),
    "nothing happens": ("diff --git a/x b/x\n", 2),
    "marks without a hunk": (HEAD, 5),
    "one mark": (HEAD.replace("+++ b/x\n", "") + "@@ -1 +1 @@\n-a\n+b\n", 4),
    "a new file with an old side": (GOOD.replace("index", "new file mode 100644\nindex"), 6),
    "a changed file without an old side": (GOOD.replace("--- a/x", "--- /dev/null"), 5),
    "hunks in the wrong order": (f"{GOOD}@@ -1 +1 @@\n-a\n+b\n", 9),
    "an empty hunk": (f"{HEAD}@@ -1,0 +1,0 @@\n", 5),
    "no hunk header": (f"{HEAD}@@ everything @@\n a\n", 5),
    "no mode": (GOOD.replace("index", "old mode 999999\nindex"), 2),
    "no index": (GOOD.replace("1111111..2222222", "yesterday"), 2),
    "a quote that does not close": (GOOD.replace("a/x b/x", '"a/x b/x'), 1),
    "an escape that is none": (GOOD.replace("a/x b/x", '"a/\\z" "b/\\z"').replace(" a/x", ' "a/\\z"'), 1),
    "a combined hunk with too few signs": (
        "diff --cc x\nindex 1111111,2222222..3333333\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n+\n",
        6,
    ),
    "a packed file that is none": ("diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nhello\n", 4),
}


@pytest.mark.parametrize("case", BAD)
def test_what_git_would_not_print_is_refused_at_its_line(case: str) -> None:
    words, line = BAD[case]
    with pytest.raises(DiffInvalid) as caught:
        read_diff(words.encode())
    assert caught.value.line == line, caught.value.reason
    assert caught.value.reason


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300), at=st.integers(0, len(GOOD)))
def test_any_bytes_are_read_or_refused(data: bytes, at: int) -> None:
    for words in (data, GOOD[:at].encode() + data + GOOD[at:].encode()):
        files, line = _read(words)
        assert 0 <= line <= words.count(b"\n") + 2
        assert sum(len(file.added) for file in files) <= words.count(b"\n+")


def _read(words: bytes) -> tuple[tuple[FileDiff, ...], int]:
    """The files, or none and the line on which it goes wrong."""
    try:
        return read_diff(words), 0
    except DiffInvalid as error:
        return (), error.line


def test_a_quoted_name_with_a_blank_has_gits_tab_behind_it() -> None:
    assert read_name('"b/docs/\\033[2Jnote \\342\\200\\256.md"\t', "b/") == "docs/\x1b[2Jnote \u202e.md"
    assert read_name("b/docs/a note.md\t", "b/") == "docs/a note.md"
