"""What is said to people, in their language: the face of the texts."""

from gonogo_agents.texts.answers import parse_date, yes_words
from gonogo_agents.texts.language import LANGUAGES, Language, choose_language
from gonogo_agents.texts.translate import Translator, translator

__all__ = ["LANGUAGES", "Language", "Translator", "choose_language", "parse_date", "translator", "yes_words"]
