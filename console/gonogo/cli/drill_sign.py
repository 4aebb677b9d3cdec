"""``gonogo drill sign``: operator and validator put their own keys to a drill's result, each for one role."""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.text import msg

SCHEMA = "gonogo/drill-sign/v1"


@click.command("sign", help=str(msg("Sign a scored drill with your SSH key, as who acted or as who looked on.")))
@click.argument("session", default="latest", metavar="[SESSION]")
@click.option("--as", "role", type=click.Choice(("operator", "validator")), default="operator", show_default=True)
@click.option("--key", type=click.Path(path_type=Path), required=True, help=str(msg("your SSH key")))
@json_option
@pass_output
def sign(output: Output, /, *, session: str, role: str, key: Path) -> int:
    """Sign the result; the session keeps the signature and ``drill report`` writes it out."""
    from gonogo.drills import find, sessions  # noqa: PLC0415 - only when it is used
    from gonogo.drills.session import check_scorecard, save  # noqa: PLC0415 - the same
    from gonogo.drills.witness import NAMESPACE, may_sign, signed_by, statement_of  # noqa: PLC0415 - the same
    from gonogo_agents.sshkeys import choice_from_file  # noqa: PLC0415 - the same
    from gonogo_agents.sshkeys import sign as sign_with  # noqa: PLC0415 - the same

    known, choice = find(output.world, session), choice_from_file(output.world, key)
    statement, print_ = statement_of(known), choice.public.fingerprint
    check_scorecard(known)
    may_sign(known, role, print_, sessions(output.world))
    open_terminal = output.interactive and not output.json
    made = sign_with(output.world, statement, key=choice, namespace=NAMESPACE, interactive=open_terminal)
    save(output.world, signed_by(known, role, made.signature))
    document = {"schema": SCHEMA, "session": known.session, "role": role, "key": print_}
    said = msg("{who} signed {session} as {role}.", who=known.scored[role], session=known.session, role=role)
    output.result(document, output.words(said))
    return 0
