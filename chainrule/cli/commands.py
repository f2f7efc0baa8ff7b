"""The commands by name, and how the words after one are read."""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cyclopts import App


class Command(NamedTuple):
    """What is known of a command before it is imported.

    Attributes:
        about: key of the words that say what it does.
        module: imports the module whose function `command` does it.
    """

    about: str
    module: Callable[[], ModuleType]


COMMANDS = {
    "train": Command("cli.about.train", lambda: import_module("chainrule.cli.train")),
    "evaluate": Command("cli.about.evaluate", lambda: import_module("chainrule.cli.evaluate")),
    "predict": Command("cli.about.predict", lambda: import_module("chainrule.cli.predict")),
    "export": Command("cli_export.about", lambda: import_module("chainrule.cli.export")),
    "data": Command("cli.about.data", lambda: import_module("chainrule.cli.data")),
    "search": Command("cli_search.about", lambda: import_module("chainrule.cli.search")),
    "odds": Command("cli_odds.about", lambda: import_module("chainrule.cli.odds")),
    "doctor": Command("cli_doctor.about", lambda: import_module("chainrule.cli.doctor")),
    "explain": Command("cli_explain.about", lambda: import_module("chainrule.cli.explain")),
    "script": Command("cli_script.about", lambda: import_module("chainrule.cli.script")),
    "lesson": Command("cli.about.lesson", lambda: import_module("chainrule.cli.lesson")),
    "cache": Command("cli.about.cache", lambda: import_module("chainrule.cli.cache")),
}


def parser(name: str) -> "App":
    """What reads the words after the command `name`; its module is imported now, and not before."""
    from cyclopts import App

    app = App(name=name, help_flags=[], version_flags=[])
    app.default(COMMANDS[name].module().command)
    return app


def bound(name: str, words: Sequence[str]) -> Callable[[], int]:
    """The command `name` with the arguments that `words` give it; call it for its exit code.

    Raises:
        ArgumentError: for words that the command does not understand.
    """
    from cyclopts import CycloptsError

    app = parser(name)
    try:
        function, found, _ = app.parse_args(list(words), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from chainrule.cli.refusals import refusal

        raise refusal(error, name, app) from None
    call: Callable[..., Any] = function
    return lambda: int(call(*found.args, **found.kwargs))
