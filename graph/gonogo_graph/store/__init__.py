"""The run index and the ledger, behind one port."""

from gonogo_graph.store.interface import (
    Close,
    PackNumber,
    Refusal,
    Request,
    RunRow,
    RunState,
    SignOff,
    Spent,
    Store,
    refusal_of,
)

__all__ = ["Close", "PackNumber", "Refusal", "Request", "RunRow", "RunState", "SignOff", "Spent", "Store", "refusal_of"]
