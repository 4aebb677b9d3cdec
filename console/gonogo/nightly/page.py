"""The report of a night: one HTML file that needs nothing else, no script, and nothing from elsewhere.

The policy in its head allows one style sheet by its digest and nothing more, so that words of tools, files and people,
which are escaped, could do nothing even if one were not.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any, Final

from gonogo.nightly import pictures
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_agents.texts import Language, Translator

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--rule:#8c959f}
:root{--pass:#b7e4c0;--fail:#f6b8b3;--open:#f7dfa0;--none:#e3e6ea}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--rule:#6e7681}
:root{--pass:#1f5a33;--fail:#7d2a25;--open:#6b5113;--none:#30363d}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
body{margin:2rem auto;max-width:60rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid var(--rule);padding:.35rem .6rem;text-align:left;vertical-align:top}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.verdict{font-weight:700;padding:.1rem .5rem}
.verdict.pass,rect.pass{background:var(--pass);fill:var(--pass)}
.verdict.fail,rect.fail{background:var(--fail);fill:var(--fail)}
.verdict.open,rect.open{background:var(--open);fill:var(--open)}
.verdict.none,rect.none{background:var(--none);fill:var(--none)}
rect.blank{fill:none}rect.now{fill:var(--rule)}rect.then{fill:none;stroke:var(--ink);stroke-dasharray:3 2}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg text.head,svg text.sign{font-weight:700}
polyline.line{fill:none;stroke:var(--ink);stroke-width:2}circle.dot{fill:var(--ink)}
""".strip()


def page(told: Mapping[str, Any], say: Translator, language: Language) -> str:
    """The whole file, from the document of ``night.json``."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"gonogo nightly: {told['verdict']}"
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(_body(told, say))
        + "\n</body>\n</html>\n"
    )


def _body(told: Mapping[str, Any], say: Translator) -> Iterator[str]:
    layers = told["layers"]
    yield f"<h1>{_words(say, msg('Nightly run'))} {_verdict(told['verdict'])}</h1>"
    yield f"<p>{escape(told['words'])}</p>"
    about = msg(
        "Commit {commit}, from {started} to {finished}, by {operator}, mode {mode}.",
        **{name: told[name] for name in ("commit", "started", "finished", "operator", "mode")},
    )
    yield f"<p>{_words(say, about)}</p>"
    yield from (f"<p>{escape(note)}</p>" for note in told["notes"])
    yield _section(say, msg("Layers"), _table(say, layers))
    yield _section(say, msg("Verdicts"), pictures.verdicts(layers, title=say(msg("Verdicts"))))
    times = say(msg("Durations; dashed: the last night"))
    yield _section(say, msg("Durations; dashed: the last night"), pictures.durations(_durations(layers), title=times))
    debts = [(one["started"], one["link_debt"]) for one in told["history"] if one["link_debt"] is not None]
    if debts:
        yield _section(say, msg("Link debt"), pictures.trend(debts, title=say(msg("Link debt"))))
    for one in layers:
        yield from _layer(say, one)


def _section(say: Translator, heading: Text, body: str) -> str:
    return f'<section><h2>{_words(say, heading)}</h2>\n<div class="scroll">{body}</div></section>'


def _table(say: Translator, layers: Sequence[Mapping[str, Any]]) -> str:
    heads = (msg("Layer"), msg("Verdict"), msg("Recommendation"), msg("Run"), msg("Core"), msg("Why"))
    rows = [
        (
            f"{escape(one['layer_id'])} {escape(one['name'])}",
            _verdict(one["verdict"]),
            escape(one["recommendation"] or "-"),
            f"<code>{escape(one['run_id'] or '-')}</code>",
            f"<code>{escape((one['core_digest'] or '-')[:12])}</code>",
            escape(one["reason"]),
        )
        for one in layers
    ]
    return _rows([_words(say, head) for head in heads], rows)


def _layer(say: Translator, one: Mapping[str, Any]) -> Iterator[str]:
    parts: list[str] = []
    for heading, since in (
        (msg("Since the last night"), one["since_last_night"]),
        (msg("Since the last signed run"), one["since_last_signed"]),
    ):
        told: list[str] = [] if since is None else since["changes"]
        words = _words(say, msg("nothing to compare with")) if since is None else _words(say, msg("nothing changed"))
        listed = "".join(f"<li>{escape(line)}</li>" for line in told)
        parts.append(f"<h3>{_words(say, heading)}</h3>" + (f"<ul>{listed}</ul>" if told else f"<p>{words}</p>"))
    heads = (msg("Gate"), msg("Verdict"), msg("Checked"), msg("Why"))
    rows = [
        (
            escape(gate["name"]),
            _verdict(gate["verdict"]),
            f"{gate['checked']} {escape(gate['unit'])}",
            escape(gate["reason"]),
        )
        for gate in one["gates"]
    ]
    body = "".join(parts) + (_rows([_words(say, head) for head in heads], rows) if rows else "")
    head = f"<h2>{escape(one['layer_id'])} {escape(one['name'])}</h2>"
    yield f'<section>{head}\n<div class="scroll">{body}</div></section>'


def _durations(layers: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, int | None]]:
    return [
        (
            f"{one['layer_id']} {one['name']}",
            one["milliseconds"],
            one["since_last_night"]["milliseconds"] if one["since_last_night"] else None,
        )
        for one in layers
        if one["state"] != "FORBIDDEN"
    ]


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _verdict(verdict: str) -> str:
    kind, sign = pictures.CLASSES.get(verdict, "none"), pictures.SIGNS.get(verdict, "")
    return f'<span class="verdict {kind}">{sign} {escape(verdict)}</span>'


def _words(say: Translator, text: Text) -> str:
    return escape(say(text))
