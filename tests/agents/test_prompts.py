"""The roles' prompts: both languages say the same things, and rights are those of roles.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import pytest

from gonogo.exporting import duty_lines
from gonogo_agents.duty import ROLES
from gonogo_agents.prompts import Language, compose, load_source
from gonogo_agents.prompts.source import HERE
from gonogo_policies.config import load_config, read_folder
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.duty import Role

SOURCE = load_source()
CONFIG = load_config([read_folder(packaged_config(), "packaged")])
LONGEST = 4_500
"""Characters: short enough to paste by hand."""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", get_args(Language))
def test_a_prompt_names_what_its_role_may_and_nothing_more(role: Role, language: Language) -> None:
    scope = CONFIG.roles[role]
    prompt = compose(SOURCE, role, scope, duty_lines()[role], language)
    assert len(prompt.body) < LONGEST
    assert "{" not in prompt.body, "a name was left unfilled"
    for duty in duty_lines()[role]:
        assert f"`{duty.field}`" in prompt.body
    for word in (*scope.paths_read, *scope.state_read, *scope.paths_write):
        assert f"`{word}`" in prompt.body
    for verb in set(re.findall(r"`((?:git|repo|gate|evidence|model|run|tools)\.[a-z]+)", prompt.body)):
        assert verb in scope.tools
    assert f"ROLE: {role}" in prompt.body
    assert all(word in prompt.body for word in ("Next:", "Risk:", "Evidence:", "gonogo_hand_in", "gonogo sign"))


def test_both_languages_have_the_same_shape() -> None:
    for name in type(SOURCE.frame.en).model_fields:
        english, german = getattr(SOURCE.frame.en, name), getattr(SOURCE.frame.de, name)
        assert english != german or name == "frame"
        if isinstance(english, tuple):
            assert len(english) == len(german)
        fields = [re.findall(r"\{[a-z]+\}", str(text)) for text in (english, german)]
        assert sorted(fields[0]) == sorted(fields[1])
    for role in ROLES:
        assert len(SOURCE.roles[role].en.work) == len(SOURCE.roles[role].de.work)


def test_a_role_without_a_prompt_and_an_unknown_key_are_refused(tmp_path: Path) -> None:
    for path in HERE.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert load_source(tmp_path).digest == SOURCE.digest
    broken = (tmp_path / "risk_officer.toml").read_text(encoding="utf-8")
    (tmp_path / "risk_officer.toml").write_text(broken + "\nextra = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="extra"):
        load_source(tmp_path)
    (tmp_path / "risk_officer.toml").unlink()
    with pytest.raises(ValueError, match="six roles"):
        load_source(tmp_path)
