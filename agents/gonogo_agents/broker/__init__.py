"""The broker: decides by scope, does, and writes down. A duty reaches the world through it alone."""

from gonogo_agents.broker.broker import Broker
from gonogo_agents.broker.decide import Rules, decide
from gonogo_agents.broker.decisions import compile_decisions, evaluate
from gonogo_agents.broker.evidence_verbs import DataEntry, EvidenceFolder, read_data_index
from gonogo_agents.broker.interface import Decision, Handler, Record, RoleScope
from gonogo_agents.broker.records import jsonl_recorder

__all__ = [
    "Broker",
    "DataEntry",
    "Decision",
    "EvidenceFolder",
    "Handler",
    "Record",
    "RoleScope",
    "Rules",
    "compile_decisions",
    "decide",
    "evaluate",
    "jsonl_recorder",
    "read_data_index",
]
