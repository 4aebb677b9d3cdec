"""Continuous integration: the workflows of a repository, the checks they report, and the contract between both."""

from gonogo_policies.ci.contract import ADVICE, Contract, Trouble
from gonogo_policies.ci.required import Required, required_contexts
from gonogo_policies.ci.workflows import Workflow, WorkflowInvalid, read_workflow

__all__ = [
    "ADVICE",
    "Contract",
    "Required",
    "Trouble",
    "Workflow",
    "WorkflowInvalid",
    "read_workflow",
    "required_contexts",
]
