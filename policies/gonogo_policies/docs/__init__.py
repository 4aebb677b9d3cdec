"""Documentation: the references of Markdown files, and whether what they point at is there."""

from gonogo_policies.docs.judge import ADVICE, MARKDOWN, Judge, Looked, Problem
from gonogo_policies.docs.library import Library
from gonogo_policies.docs.references import Reference, references
from gonogo_policies.docs.tree import Tree

__all__ = ["ADVICE", "MARKDOWN", "Judge", "Library", "Looked", "Problem", "Reference", "Tree", "references"]
