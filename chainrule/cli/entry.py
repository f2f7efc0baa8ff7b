"""The door: which command is meant, in which language, and what its end means to the shell.

| exit code | meaning                                                                   |
|-----------|---------------------------------------------------------------------------|
| 0         | done                                                                      |
| 1         | failed                                                                    |
| 2         | the command or the data given are wrong                                   |
| 4         | the training diverged                                                     |
| 5         | an optional package is missing; the message has the line that installs it |
| 130       | Ctrl-C                                                                    |
"""

import difflib
import os
import sys
from collections.abc import Sequence

from chainrule import language
from chainrule.cli.commands import COMMANDS, bound
from chainrule.cli.layout import bold
from chainrule.errors import ArgumentError, ChainruleError, GradientError, MissingExtraError, StateError

DONE, FAILED, WRONG, DIVERGED, MISSING, INTERRUPTED = 0, 1, 2, 4, 5, 130
FLAGS = ("--help", "--version", "--lang")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: its words, without the name of the program; default those of this process.

    Returns:
        The exit code.

    Example:
        >>> main(["--version"])
        chainrule ...
        0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    spoken = list(language._chosen)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character gets a question mark
    try:
        return _heard(words)
    except KeyboardInterrupt:
        print(f"\n{language.say('cli.stopped')}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush is not refused as well
        return FAILED
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one message
        return _told(error, words)
    finally:
        language._chosen[:] = spoken


def _heard(words: list[str]) -> int:
    language_asked = _language(words)
    if language_asked is not None:
        if language_asked not in language.LANGUAGES:
            raise ArgumentError("cli.error.lang", "chainrule, --lang", got=repr(language_asked))
        language.choose(language_asked)
    rest = words[:]
    while rest and rest[0].startswith("--lang"):
        del rest[: 1 if "=" in rest[0] else 2]
    first = rest[0] if rest else "--help"
    if first == "--version":
        print(f"chainrule {sys.modules['chainrule'].__version__}")
        return DONE
    if first in ("--help", "-h", "help") or {"--help", "-h"} & set(rest):
        from chainrule.cli.help import page

        print(page(next((word for word in rest if word in COMMANDS), None), sys.stdout), end="")
        return DONE
    if first not in COMMANDS:
        if first.startswith("-"):
            near = difflib.get_close_matches(first, FLAGS, n=1, cutoff=0.0)[0]
            raise ArgumentError("cli.error.option", "chainrule", got=first, command="chainrule", near=near)
        near = difflib.get_close_matches(first, COMMANDS, n=1, cutoff=0.0)[0]
        raise ArgumentError("cli.error.command", "chainrule", got=repr(first), names=", ".join(COMMANDS), near=near)
    code = bound(first, rest[1:])()
    sys.stdout.flush()
    return code


def _language(words: Sequence[str]) -> str | None:
    """The last `--lang`: it is needed before the words are read, to say what is wrong with them."""
    asked = None
    for place, word in enumerate(words):
        if word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
        elif word == "--lang" and place + 1 < len(words):
            asked = words[place + 1]
    return asked


def _told(error: Exception, words: Sequence[str]) -> int:
    """Say what went wrong, in one message; its exit code."""
    if os.environ.get("CHAINRULE_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    name = next((word for word in words if word in COMMANDS), "")
    where = f"chainrule {name}".rstrip()
    if not isinstance(error, ChainruleError):
        code = FAILED
        if isinstance(error, OSError) and error.strerror:
            place = str(error.filename or where)
            told: ChainruleError = StateError("cli.error.system", place, reason=error.strerror)
        else:
            got = f"{type(error).__name__}: {error}".rstrip(": ")[:300]
            told = StateError("cli.error.unexpected", where, got=got, line=f"CHAINRULE_TRACEBACK=1 {where} …")
    else:
        told = error
        code = MISSING if isinstance(error, MissingExtraError) else WRONG
        if isinstance(error, GradientError | StateError):
            code = DIVERGED if error.key == "cli.error.diverged" else FAILED
    from chainrule.cli.refusals import as_options, as_words

    told.where = as_words(told.where, where)
    first, *others = as_options(str(told)).split("\n")
    print("\n".join([bold(first, sys.stderr), *others]), file=sys.stderr)
    return code
