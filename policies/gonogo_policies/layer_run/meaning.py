"""What a proposal does, beyond what it calls itself: signs that it is an output which its layer forbids.

Held against the words of an answer, not against names: to say that no order is placed is no order. Each rule looks for
the form in which somebody, or a program, could take the output up and act on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FLAGS: Final = re.IGNORECASE | re.MULTILINE
_COMMAND = re.compile(
    r"```(?:sh|bash|shell|zsh|console)\b|^[^\S\n]*(?:\$|>>>)\s+\S"
    r"|^[^\S\n]*(?:sudo|rm|curl|wget|kubectl|docker|git push|pip install)\s+-?\S",
    _FLAGS,
)
_CODE = re.compile(r"```(?:diff|patch|python|py|js|ts|c|cpp|rust|go)\b|^(?:\+\+\+|---) [ab]/|^@@ .* @@", _FLAGS)
_CONFIG = re.compile(r"```(?:toml|yaml|yml|ini|json)\b|^[^\S\n]*\[[a-z_.]+\]\s*$\n\s*\w+\s*=", _FLAGS)
_SWITCH = re.compile(r"\b(?:live|armed|auto_?trade|enabled)\w*\s*[:=]\s*(?:true|on|yes|1)\b", _FLAGS)
_ORDER = re.compile(
    r"\b(?:buy|sell|long|short|kaufe?n?|verkaufe?n?)\s+\d[\d.,]*\s*(?:x\s*)?[A-Z]{2,}"
    r"|\b(?:side|qty|quantity|order_type|limit_price|stop_price)\b\s*[:=]\s*\S+.*\b(?:side|qty|quantity|price)\b",
    _FLAGS,
)
_LIMIT = re.compile(
    r"\b(?:set|raise|lower|increase|change|setze|erh[öo]he|senke)\b[^.\n]{0,40}\b(?:risk|position|loss|leverage|risiko)"
    r"[ _-]?limits?\b[^.\n]{0,20}\b(?:to|auf|=)\s*\d",
    _FLAGS,
)
_API = re.compile(r"\b(?:POST|PUT|DELETE)\s+/\w+|\b(?:create|place|submit)_order\s*\(", _FLAGS)
_APPROVAL = re.compile(
    r"\b(?:i|we)\s+(?:hereby\s+)?approve\b|\bthis\s+(?:run|pack|change)\s+is\s+(?:hereby\s+)?approved\b"
    r"|\bhiermit\s+(?:freigegeben|genehmigt)\b",
    _FLAGS,
)
_REBALANCE = re.compile(r"\b(?:rebalance|allocate|umschichten)\b[^.\n]{0,60}\d+\s*%", _FLAGS)

SIGNS: Final = {
    "ExecutionCommand": _COMMAND,
    "ExecutionCommands": _COMMAND,
    "UnlockCommand": _COMMAND,
    "DoXLiveInstruction": _COMMAND,
    "CodePatch": _CODE,
    "ConfigChange": _CONFIG,
    "LiveToggle": _SWITCH,
    "OrderParameters": _ORDER,
    "ReadyToSendOrders": _ORDER,
    "RiskLimitChange": _LIMIT,
    "BrokerApiCalls": _API,
    "ExchangeApiCalls": _API,
    "GoApproval": _APPROVAL,
    "AutoApplyApproval": _APPROVAL,
    "PortfolioRebalance": _REBALANCE,
}
"""By the output type as scopes name it. A type without a sign is held by the schema and by the critic."""

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|system|all)\b[^.\n]{0,40}"
    r"\b(?:instruction|rule|prompt|message|constraint)s?\b"
    r"|\b(?:ignoriere|vergiss)\b[^.\n]{0,40}\b(?:anweisung|regel)(?:en)?\b"
    r"|\b(?:critic|reviewer|assistant|model)\b[^.\n]{0,30}\b(?:must|should|shall|has to)\b[^.\n]{0,20}\bapprove\b"
    r"|^[^\S\n]*(?:system|assistant|developer)\s*:\s"
    r"|\brespond (?:only )?with\b[^.\n]{0,30}\bapprove\b"
    r"|<\|(?:im_start|system|assistant)\|>",
    _FLAGS,
)


class Instruction(NamedTuple):
    """An instruction to a model that stands in a text."""

    words: str
    line: int


def forbidden_in(texts: Sequence[str], forbidden: Iterable[str]) -> tuple[str, str] | None:
    """The first forbidden output type of which the texts show a sign, and the words that show it."""
    for name in forbidden:
        sign = SIGNS.get(name)
        for text in texts if sign else ():
            if sign and (found := sign.search(text)):
                return name, " ".join(found[0].split())[:80]
    return None


def instructions_in(text: str) -> list[Instruction]:
    """Words that speak to a model rather than to a reader; lines count from one."""
    return [
        Instruction(" ".join(found[0].split())[:120], text.count("\n", 0, found.start()) + 1)
        for found in _INSTRUCTION.finditer(text)
    ]
