"""Words for people, kept apart from their values so that they can be said in another language later.

A :class:`Text` is an English template (the message id of the gettext catalogue) and the values that go into it.
``str(text)`` is English; the translator of the agents floor says the same in the operator's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, cast

Value: TypeAlias = "str | int"

_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence: its template in English and the values for the template's named fields."""

    template: str
    """English, with ``{name}`` fields; the message id in the catalogue."""
    values: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return fill(self.template, dict(self.values))

    def json(self) -> dict[str, object]:
        """The form for evidence files: readable English, and what a renderer needs to translate it."""
        return {"template": self.template, "text": str(self), "values": dict(self.values)}


def msg(template: str, /, **values: Value) -> Text:
    """Mark a sentence for translation (the extractor's keyword) and bind its values."""
    return Text(template, tuple(sorted(values.items())))


def from_json(stored: object) -> Text:
    """Read what :meth:`Text.json` wrote. Raises ``ValueError`` for any other shape."""
    if isinstance(stored, dict):
        fields = cast("dict[object, object]", stored)
        template, values = fields.get("template"), fields.get("values")
        if isinstance(template, str) and isinstance(values, dict):
            pairs = cast("dict[object, object]", values).items()
            if all(isinstance(name, str) and isinstance(value, str | int) for name, value in pairs):
                return Text(template, tuple(sorted(cast("dict[str, Value]", values).items())))
    raise ValueError("not a stored sentence: template and values are needed")


def fill(template: str, values: dict[str, Value]) -> str:
    """Put values into a template: plain ``{name}`` fields in one pass, nothing in a value is evaluated."""
    return _FIELD.sub(lambda field: str(values.get(field[1], field[0])), template)
