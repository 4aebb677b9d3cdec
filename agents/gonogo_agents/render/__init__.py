"""What people read: the operator's card and summary, the review notes, SUMMARY.md. Pure code over state and pack."""

from gonogo_agents.render.card import Surroundings, card
from gonogo_agents.render.notes import review_notes
from gonogo_agents.render.operator_summary import operator_summary
from gonogo_agents.render.read import Say
from gonogo_agents.render.safe import code, markdown, plain
from gonogo_agents.render.summary import SUMMARY_RENDERER, summary
from gonogo_agents.render.words import digest_words

__all__ = [
    "SUMMARY_RENDERER",
    "Say",
    "Surroundings",
    "card",
    "code",
    "digest_words",
    "markdown",
    "operator_summary",
    "plain",
    "review_notes",
    "summary",
]
