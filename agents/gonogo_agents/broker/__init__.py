"""The broker: decides by scope, does, and writes down. A duty reaches the world through it alone."""

from gonogo_agents.broker.broker import Broker
from gonogo_agents.broker.decide import decide
from gonogo_agents.broker.evidence_verbs import DataEntry, read_data_index
from gonogo_agents.broker.interface import Decision, Handler, Record, Rights, RoleScope, scope_of
from gonogo_agents.broker.records import jsonl_recorder

__all__ = [
    "Broker",
    "DataEntry",
    "Decision",
    "Handler",
    "Record",
    "Rights",
    "RoleScope",
    "decide",
    "jsonl_recorder",
    "read_data_index",
    "scope_of",
]
