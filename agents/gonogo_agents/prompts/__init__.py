"""The six roles' prompts: one neutral source in two languages, for every host and for pasting by hand."""

from gonogo_agents.prompts.compose import Duties, DutyLine, Prompt, compose
from gonogo_agents.prompts.source import FrameWords, Language, Source, load_source

__all__ = ["Duties", "DutyLine", "FrameWords", "Language", "Prompt", "Source", "compose", "load_source"]
