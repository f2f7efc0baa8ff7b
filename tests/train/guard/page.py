"""Writes docs/guard.md: every check with the words that it says, taken from programs that it found wrong.

`python -m tests.train.guard.page` from the folder of the project writes it anew.
"""

import warnings
from pathlib import Path

import chainrule as cr
from chainrule.language import choose
from chainrule.train.guard import looking, table
from tests.train.guard import test_forum_answers, test_forum_data, test_forum_loops, test_misuses

PAGE = Path(__file__).parents[3] / "docs" / "guard.md"
HEAD = """# The guard

Most mistakes in training raise no error: the numbers come, and they are wrong. Before the first step a `Trainer` looks
at network, loss, targets and data together, asks the network for one row, and says what cannot go well. Loops written
by hand are watched where they most often slip.

Every finding has four parts: where, what was got, what was expected, what to try. `CHAINRULE_LANG=zh` or
`cr.settings(lang="zh")` says it in Chinese:

```text
{chinese}
```

## How strict it is

| | a certain fault | what is allowed and hardly meant |
|---|---|---|
| `Trainer(guard="refuse")`, the default | an error, before anything is changed | a `cr.ChainruleWarning` |
| `Trainer(guard="warn")` | a `cr.ChainruleWarning`; what cannot be computed ends there | a `cr.ChainruleWarning` |
| `Trainer(guard="off")` | nothing is looked at | nothing is looked at |

Unscaled and constant columns are said, never refused or corrected. One warning, or all of them, are silenced as any
other of Python's:

```python
import warnings

import chainrule as cr

warnings.filterwarnings("ignore", category=cr.ChainruleWarning)
warnings.filterwarnings("ignore", message="SGD.step")  # by the words that it begins with
warnings.filterwarnings("error", category=cr.ChainruleWarning)  # or let it be an error
```

`trainer.report()` tells what the look has cost: about a millisecond for a million numbers.

What follows is written by `python -m tests.train.guard.page`, from programs of the tests: each check once, with what it
says. A test compares this page with the code.
"""
ANSWERS = "\n## About the network, the loss and the optimizer\n"
DATA = "\n## About data, validation and schedules\n"
LOOPS = """
## In loops written by hand

Nobody looks there before the first step; these are said at the line that slips, once, and the training goes on.
"""
TRAINING = """
## While a Trainer trains, and tests rates
"""
TRAINED = ("Trainer", "EarlyStopping")
LOSSES = """
## What the losses and layers refuse by themselves

In a `Trainer` before the first step, in a loop at the call.
"""


def rows():
    """All wrong programs, by their names."""
    posted = (test_forum_answers, test_forum_data, test_forum_loops)
    found = {name: row.run for module in posted for name, row in module.MISUSES.rows.items()}
    return {**{name: row.run for name, row in test_misuses.ROWS.items()}, **found}


def said(run):
    """What a program is answered with first; and by which checks of the guard."""
    checks = []
    kept = looking.ANSWERS, looking.DATA
    looking.ANSWERS, looking.DATA = (tuple(_watched(check, checks) for check in part) for part in kept)
    cr.manual_seed(1)
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                run()
                return [(warning.message, warning.message.key) for warning in heard], checks
            except cr.ChainruleError as error:
                return [(error, error.key)], checks
    finally:
        looking.ANSWERS, looking.DATA = kept


def _watched(check, found):
    def watched(scene):
        for finding in check(scene):
            found.append((check, finding.key))
            yield finding

    return watched


def page():
    """The text of the page."""
    choose("en")
    first, alone = {}, {}
    for run in rows().values():
        heard, checks = said(run)
        for message, key in heard:
            by = next((check for check, found in checks if found == key), None)
            if by is not None:
                first.setdefault((by, key), message)
            else:
                alone.setdefault(key, message)
    choose("zh")
    chinese = str(next(message for (_, key), message in first.items() if key == "guard.inside_the_loss"))
    choose("en")
    parts = [HEAD.format(chinese=chinese)]
    for head, checks in ((ANSWERS, table.ANSWERS), (DATA, table.DATA)):
        parts.append(head)
        for check in checks:
            parts.append(f"\n### {_sentence(check)}\n")
            parts += [_block(message) for (by, _), message in first.items() if by is check]
    keys = sorted(alone)
    heard = [key for key in keys if isinstance(alone[key], cr.ChainruleWarning)]
    parts.append(LOOPS)
    parts += [_block(alone[key]) for key in heard if not alone[key].where.startswith(TRAINED)]
    parts.append(TRAINING)
    parts += [_block(alone[key]) for key in heard if alone[key].where.startswith(TRAINED)]
    parts.append(LOSSES)
    refused = [key for key in keys if key.split(".")[0] in ("losses", "layers", "images", "tape", "tensors", "nn")]
    parts += [_block(alone[key]) for key in refused if not isinstance(alone[key], cr.ChainruleWarning)]
    return "".join(parts)


def _sentence(check):
    return check.__doc__.splitlines()[0].rstrip(".")


def _block(message):
    kind = "Said" if isinstance(message, cr.ChainruleWarning) else "Refused"
    return f"\n{kind}:\n\n```text\n{message}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
