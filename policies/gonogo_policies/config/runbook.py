"""``runbook.toml``: every line of the runbook's sections 0 to 8 as a control with the check that decides it."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, StringConstraints, model_validator

from gonogo_policies.config.base import Many, Model, RoleName, Sentence, some

Step: TypeAlias = Literal["A", "B", "C", "D", "E", "F", "G"]
Section: TypeAlias = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8"]
Issue: TypeAlias = Literal["I", "II", "III", "IV", "V", "VI", "VII", "VIII"]


class Control(Model):
    """One line of the runbook."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=40)]
    section: Section
    step: Step | None = None
    role: RoleName | Literal["OPERATOR"]
    hard: bool
    text_de: Sentence
    """German; may quote the runbook's line."""
    text_en: Sentence
    check: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=40)]
    """The id of the check that decides it. Several controls may have one check."""
    built: bool
    issue: Issue | None = None
    """Where the check comes from while it is not built."""
    test: Annotated[str, StringConstraints(pattern=r"^tests/[\w/]+\.py::\w+(\[.+\])?$", max_length=200)] | None = None
    """The test in which a mutation turns the check red, as pytest names it."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.built == (self.issue is not None):
            raise ValueError("a control that is not built, and no other, names the issue that builds it")
        if (self.section == "4") != (self.step is not None):
            raise ValueError("the controls of section 4, and no others, belong to a step")
        return self


class RunbookFile(Model):
    """All controls."""

    title: Sentence
    source_date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """The runbook's "Last updated"."""
    control: Annotated[Many[Control], AfterValidator(some)]

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        ids = [control.id for control in self.control]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"a control is named twice: {', '.join(twice)}")
        return self
