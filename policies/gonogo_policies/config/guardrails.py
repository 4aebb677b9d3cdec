"""``guardrails.toml``: paths whose change is a matter of its own (runbook section 0, "No-live / Governance-locked")."""

from typing import Self

from pydantic import model_validator

from gonogo_policies.config.base import Globs, Model


class Guardrails(Model):
    """Lists that can only grow: every side adds, none takes away. To ``caches`` a commit adds nothing."""

    live_paths: Globs
    """Live configuration: a change of any breaks "no live config change"."""
    execution_paths: Globs = ()
    """Code that reaches markets or the live side: a change is a risk of its own."""
    trust_paths: Globs = ()
    """Trust files: a change under review that touches one is a finding of its own."""
    secret_paths: Globs = ()
    """Where secrets lie: never read, never put into evidence."""
    desk_paths: Globs = ()
    """Files of the desk that act in the operator's name later: what changes one while a gate could reach it fails."""
    caches: Globs = ()
    """What tools leave behind without being asked: new ones in the work tree fail nothing. Not the commit's to say."""

    def united(self, other: "Guardrails") -> "Guardrails":
        """Return both together, ours first."""
        mine, theirs = self.model_dump(), other.model_dump()
        return Guardrails.model_validate({name: tuple(dict.fromkeys((*mine[name], *theirs[name]))) for name in mine})


class GuardrailsFile(Guardrails):
    """One file; the authority's must name live paths, a commit's may add to any list."""

    live_paths: Globs = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("the file names no path")
        return self
