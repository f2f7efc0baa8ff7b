"""What the command line does not understand, as one of our own errors with its four parts."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, get_args

from cyclopts import App, CycloptsError

from chainrule.cli.arguments import choices_of
from chainrule.errors import ArgumentError
from chainrule.language import say

ARGUMENT = re.compile(r"[\w. ]+, argument (\w+)")
OPTIONS = {"kind": "task"}  # what read_csv calls otherwise
PLACES = {"number": "NUMBER", "path": "SOURCE"}  # what the command line knows by its place
HINT = re.compile(r"\b(target|kind|task|delimiter|header|encoding|drop)=(\"[^\"]*\"|True|False|-?\d+)")
BARE = re.compile(r"\"\w+\"")  # a value that the shell takes without quotes


def as_options(text: str) -> str:
    """Words meant for Python, its arguments turned into options: `encoding="gbk"` into `--encoding gbk`."""

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        name = OPTIONS.get(name, name)
        if value in ("True", "False"):
            return f"--{name}" if value == "True" else f"--no-{name}"
        return f"--{name} {value[1:-1] if BARE.fullmatch(value) else value}"

    return HINT.sub(option, text)


def as_words(where: str, command: str) -> str:
    """Where an error is, in the words of the command line: `read_csv, argument kind` is `chainrule train, --task`."""
    found = ARGUMENT.fullmatch(where)
    if found is None:
        return where
    name = OPTIONS.get(found[1], found[1])
    return f"{command}, {PLACES.get(name, '--' + name.replace('_', '-'))}"


def refusal(error: CycloptsError, command: str, app: App) -> ArgumentError:
    """The error to raise for what could not be read after `command`."""
    where = f"chainrule {command}"
    names = [name for argument in app.assemble_argument_collection() for name in argument.names if name.startswith("-")]
    token: Any = getattr(error, "token", None)
    kind = type(error).__name__
    argument = error.argument
    if kind == "UnknownOptionError":
        got = token.keyword or token.value
        near = difflib.get_close_matches(got, names, n=1, cutoff=0.0)[0]
        return ArgumentError("cli.error.option", where, got=got, command=where, near=near)
    if kind == "CoercionError" and argument is not None and token is not None:
        asked = token.keyword or argument.name
        expected, example = _expected(argument.hint, token.value)
        line = f"{asked} {example}".rstrip()
        got = repr(token.value)
        return ArgumentError("cli.error.value", f"{where}, {asked}", got=got, expected=expected, line=line)
    if kind == "MissingArgumentError" and argument is not None:
        asked = getattr(error, "keyword", None) or argument.name
        if not asked.startswith("-"):
            return ArgumentError("cli.error.missing", where, name=asked, command=where)
        expected, example = _expected(argument.hint)
        return ArgumentError("cli.error.no_value", f"{where}, {asked}", expected=expected, line=f"{asked} {example}")
    if kind == "RepeatArgumentError":
        return ArgumentError("cli.error.repeated", f"{where}, {token.keyword}")
    if kind == "UnusedCliTokensError":
        got = " ".join(error.unused_tokens or ())
        return ArgumentError("cli.error.extra", where, got=got, command=where)
    return ArgumentError("cli.error.usage", where, got=str(error), command=where)


def _expected(hint: object, given: str = "") -> tuple[str, str]:
    """What a value of this type is, in words, and one of them, the nearest to what was given."""
    choices = choices_of(hint)
    if choices:
        near = difflib.get_close_matches(given, choices, n=1, cutoff=0.0)[0]
        return say("cli.value.one_of", names=", ".join(choices)), near
    kinds = set(_kinds(hint))
    if bool in kinds:
        return say("cli.value.nothing"), ""
    if int in kinds and float not in kinds:
        return say("cli.value.whole"), "1"
    if float in kinds:
        return say("cli.value.number"), "0.1"
    return say("cli.value.text"), "…"


def _kinds(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from _kinds(part)
