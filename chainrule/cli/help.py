"""The help pages, in both languages, from the same arguments that are read."""

from dataclasses import is_dataclass
from typing import Any, TextIO, get_args

from chainrule.cli.arguments import choices_of
from chainrule.cli.commands import COMMANDS, parser
from chainrule.cli.layout import bold, line_width, pairs, wrap
from chainrule.language import say

CODES = {
    "0": "cli.code.done",
    "1": "cli.code.failed",
    "2": "cli.code.wrong",
    "4": "cli.code.diverged",
    "5": "cli.code.missing",
    "130": "cli.code.interrupted",
}
EXAMPLES = {
    "train": (
        "chainrule train breast_cancer",
        "chainrule train houses.csv --target price --out run-houses",
        "chainrule train mnist --hidden 256,128 --epochs 20",
        "chainrule train --config run-houses --out again",
    ),
    "search": (
        "chainrule search houses.csv --target price --trials 50",
        "chainrule search iris --minutes 5 --vary lr=0.001..0.1 --vary activation=relu,tanh",
    ),
    "evaluate": (
        "chainrule evaluate run-houses new.csv",
        "chainrule evaluate run-houses/model.safetensors new.parquet --json",
    ),
    "predict": (
        "chainrule predict run-houses new.csv --out answers.csv",
        "chainrule predict run-houses new.csv --delimiter ';' --overwrite",
    ),
    "export": (
        "chainrule export run-houses --to onnx --out houses.onnx",
        "chainrule export run-houses --out houses.mjs",
        "chainrule export run-houses --to c --overwrite",
    ),
    "data": ("chainrule data", "chainrule data iris", "chainrule data houses.csv"),
    "odds": (
        "chainrule odds lesson1 --seeds 1000",
        "chainrule odds run-iris --vary lr=0.1,0.01,0.001",
        "chainrule odds experiment.py:build --epochs 500 --out odds-experiment",
    ),
    "doctor": (
        "chainrule doctor experiment.py:build --budget 60",
        "chainrule doctor run-houses --out page.html",
        "chainrule doctor log.csv --columns loss,val_loss,lr",
    ),
    "explain": (
        "chainrule explain lesson2 --out step.html",
        "chainrule explain experiment.py:build --after 100 --why dW1",
        "chainrule explain iris --rows 8 --lang zh",
    ),
    "script": (
        "chainrule script lesson2 > network.py",
        "chainrule script run-iris --lang zh --out network",
        "chainrule script experiment.py:build --epochs 100",
    ),
    "lesson": ("chainrule lesson 4", "chainrule lesson 1 --seeds 200 --lang zh"),
    "cache": ("chainrule cache", "chainrule cache --clear", "chainrule cache --warm"),
}


def page(command: str | None, stream: TextIO) -> str:
    """The help page of a command, or of all; bold headings where `stream` shows them."""
    lines = _all(stream) if command is None else _one(command, stream)
    return "\n".join(lines) + "\n"


def _all(stream: TextIO) -> list[str]:
    options = [
        ("--help", say("cli.help.help")),
        ("--version", say("cli.help.version")),
        ("--lang en|zh", say("cli.help.lang")),
    ]
    return [
        *wrap(say("cli.about.chainrule"), line_width()),
        "",
        f"{bold(say('cli.help.usage'), stream)} chainrule {say('cli.help.command')} …",
        "",
        bold(say("cli.help.commands"), stream),
        *pairs([(name, say(command.about)) for name, command in COMMANDS.items()], indent=2),
        "",
        bold(say("cli.help.options"), stream),
        *pairs(options, indent=2),
        "",
        bold(say("cli.help.codes"), stream),
        *pairs([(code, say(key)) for code, key in CODES.items()], indent=2),
        "",
        *wrap(say("cli.help.more"), line_width()),
    ]


def _one(command: str, stream: TextIO) -> list[str]:
    arguments = [argument for argument in parser(command).assemble_argument_collection() if argument.show]
    words = [argument for argument in arguments if not argument.name.startswith("-")]
    options = [argument for argument in arguments if argument.name.startswith("-")]
    usage = " ".join([f"chainrule {command}", *(_placed(word) for word in words), "[--…]"])
    lines = [*wrap(say(COMMANDS[command].about), line_width()), ""]
    lines += [f"{bold(say('cli.help.usage'), stream)} {usage}", ""]
    if words:
        lines += [*pairs([(word.name, say(_key(word))) for word in words], indent=2), ""]
    lines += [bold(say("cli.help.options"), stream)]
    lines += pairs([(_called(option), _about(option)) for option in options], indent=2)
    lines += ["", bold(say("cli.help.examples"), stream), *(f"  {line}" for line in EXAMPLES[command])]
    return lines


def _key(argument: Any) -> str:
    return str(argument.parameter.help)


def _placed(argument: Any) -> str:
    return argument.name if argument.required else f"[{argument.name}]"


def _called(argument: Any) -> str:
    """Its name and what follows: `--seed N`; of what can only be turned off, the name that does it."""
    if argument.hint is bool or bool in get_args(argument.hint):
        return str(argument.names[-1] if argument.field_info.default else "/".join(argument.names))
    choices = choices_of(argument.hint)
    kinds = {argument.hint, *get_args(argument.hint)}
    if choices:
        follows = "|".join(choices) if len(choices) < 4 else say("cli.help.name")
    elif float in kinds:
        follows = "X"
    else:
        follows = "N" if int in kinds else say("cli.help.text")
    return f"{argument.name} {follows}"


def _about(argument: Any) -> str:
    text = say(_key(argument))
    choices = choices_of(argument.hint)
    if len(choices) > 3:
        text += " " + ", ".join(choices)
    default = argument.field_info.default
    if default is None or isinstance(default, bool) or is_dataclass(default):
        return text
    return f"{text} {say('cli.help.default', value=default)}"
