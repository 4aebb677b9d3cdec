"""``gonogo completion SHELL``: the script that completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from gonogo.cli.context import Output, json_option, pass_output
from gonogo.cli.group import make_group
from gonogo.cli.seat import COMPLETE
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

SHELLS = ("bash", "zsh", "fish")
SCHEMA = "gonogo/completion/v1"


@click.command(
    "completion",
    help=str(
        msg(
            "Print the script that completes gonogo's commands in your shell. "
            'bash: add  eval "$(gonogo completion bash)"  to ~/.bashrc; '
            'zsh: add  eval "$(gonogo completion zsh)"  to ~/.zshrc; '
            "fish: gonogo completion fish > ~/.config/fish/completions/gonogo.fish"
        )
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@json_option
@pass_output
def command(output: Output, shell: str) -> int:
    """Print the script."""
    maker = get_completion_class(shell)
    if maker is None:
        raise BadInput("SHELL_UNKNOWN", msg("There is no completion for {shell}.", shell=shell))
    script = maker(make_group(), {}, "gonogo", COMPLETE).source()
    output.result({"schema": SCHEMA, "shell": shell, "script": script}, script)
    return 0
