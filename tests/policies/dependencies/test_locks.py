"""Lock files: every package is a pin or loose, and nothing is left out quietly."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from gonogo_policies.dependencies import is_lock, read_lock

pytestmark = pytest.mark.fast

NAMES = st.from_regex(r"[a-z]{1,5}(-[a-z]{1,4})?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}", fullmatch=True)


def pins(path: str, text: str) -> list[tuple[str, str, int | None]]:
    return [(pin.name, pin.version, pin.line) for pin in read_lock(path, text).pins]


def loose(path: str, text: str) -> list[str]:
    return [pin.name for pin in read_lock(path, text).loose]


def test_a_requirements_file_with_hashes_markers_and_comments() -> None:
    text = (
        "# made by a tool\n-i https://index.example/simple\n"
        "Click==8.1.7 ; python_version >= '3.8' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "zope.interface[extra]==6.0  # why\n-r more.txt\n--requirement=dev.txt\n"
    )
    locked = read_lock("requirements/run.txt", text)
    assert [(pin.name, pin.version, pin.line) for pin in locked.pins] == [
        ("click", "8.1.7", 3),
        ("zope-interface", "6.0", 6),
    ]
    assert locked.loose == ()
    assert locked.includes == ("requirements/more.txt", "requirements/dev.txt")


@pytest.mark.parametrize(
    "line",
    [
        "click",
        "click>=8",
        "click==8.*",
        "click==8,!=9,==8.0",
        "click @ https://x.example/c.whl",
        "-e .",
        "./vendored/c",
        "git+https://x/y",
    ],
)
def test_what_has_no_exact_version_is_loose_and_not_lost(line: str) -> None:
    locked = read_lock("requirements.txt", f"{line}\nfine==1\n")
    assert len(locked.loose) == 1
    assert [pin.name for pin in locked.pins] == ["fine"]


@given(st.dictionaries(NAMES, VERSIONS, max_size=6))
def test_every_package_of_every_form_is_found(packages: dict[str, str]) -> None:
    expected = {(name, str(Version(version))) for name, version in packages.items()}
    item = '[[{key}]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "x" }}\n'
    plain = '[[{key}]]\nname = "{name}"\nversion = "{version}"\n'
    forms = {
        "requirements.txt": "".join(f"{name}=={version}\n" for name, version in packages.items()),
        "uv.lock": "".join(item.format(key="package", name=n, version=v) for n, v in packages.items()),
        "poetry.lock": "".join(plain.format(key="package", name=n, version=v) for n, v in packages.items()),
        "pylock.dev.toml": "".join(plain.format(key="packages", name=n, version=v) for n, v in packages.items()),
        "Pipfile.lock": json.dumps({"default": {n: {"version": f"=={v}"} for n, v in packages.items()}}),
    }
    for path, text in forms.items():
        assert is_lock(path)
        locked = read_lock(path, text)
        assert {(pin.name, pin.version) for pin in locked.pins} == expected, path
        assert locked.loose == ()


def test_the_project_itself_is_no_dependency_and_a_branch_of_git_is_loose() -> None:
    text = (
        '[[package]]\nname = "me"\nversion = "1.0"\nsource = { editable = "." }\n\n'
        '[[package]]\nname = "other"\nversion = "2.0"\nsource = { git = "https://x/y" }\n\n'
        '[[package]]\nname = "beside"\nversion = "3.0"\nsource = { editable = "../beside" }\n'
    )
    assert (pins("uv.lock", text), loose("uv.lock", text)) == ([], ["beside", "other"])
    assert loose("poetry.lock", '[[package]]\nname = "a"\nversion = "1"\n[package.source]\ntype = "git"\n') == ["a"]
    assert loose("pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\n[packages.vcs]\nurl = "x"\n') == ["a"]


@given(
    st.sampled_from(["requirements.txt", "uv.lock", "poetry.lock", "pylock.toml", "Pipfile.lock"]), st.text(max_size=60)
)
def test_garbage_is_refused_in_one_way(path: str, text: str) -> None:
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        read_lock(path, text)


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no version"):
        read_lock("uv.lock", '[[package]]\nname = "a"\nversion = "new"\nsource = { registry = "x" }\n')
