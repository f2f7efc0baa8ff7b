"""The network that `chainrule train` made for some rows, or would make for them, as a configuration."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chainrule.cli.run.options import Options
from chainrule.cli.run.parts import parts
from chainrule.cli.run.wishes import wishes
from chainrule.data.arrays import whole
from chainrule.errors import ArgumentError, FileError
from chainrule.population.configuration import Configuration
from chainrule.tables.design import Design
from chainrule.tables.fitting import training
from chainrule.tables.parts import Part, Parts
from chainrule.tables.schema import Task
from chainrule.tables.training import planned
from chainrule.train.trainer import Trainer


def of_rows(source: str, options: Options) -> Configuration:
    """What `chainrule train` would train on a data set or a CSV file, without its early stopping."""
    found, _ = parts(source, options)
    plan = planned(wishes(options), found)
    return _configuration(plan, found, plan.epochs, plan.batch_size)


def of_run(record: Path, epochs: int | None, batch_size: int | None) -> Configuration:
    """What a run trained, for as many epochs as it did.

    Raises:
        FileError: for a file that no run wrote.
    """
    import msgspec

    try:
        about = msgspec.json.decode(record.read_bytes())
        plan = msgspec.convert(about["design"], Design)
        names = ("target", "task", "test", "validation", "seed", "delimiter", "encoding", "header", "drop")
        options = Options(**{name: about["options"][name] for name in names})
        source, trained = str(about["source"]), whole(about["epochs"], str(record), least=0)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError("cli_odds.run", str(record), reason=f"{type(error).__name__}: {error}"[:200]) from None
    count = whole(trained or plan.epochs if epochs is None else epochs, "chainrule odds, --epochs", least=1)
    size = whole(plan.batch_size if batch_size is None else batch_size, "chainrule odds, --batch-size", least=1)
    return _configuration(plan, parts(source, options)[0], count, size)


def _configuration(plan: Design, scaled: Parts, epochs: int, batch_size: int) -> Configuration:
    if not isinstance(scaled.learning, Part):
        raise ArgumentError("cli_odds.streamed", scaled.name)
    steps = epochs * -(-len(scaled.learning.X) // batch_size)
    asked = replace(plan, epochs=epochs, batch_size=batch_size, steps=steps)
    return Configuration(_build(asked, scaled.task), (scaled.learning.X, scaled.learning.y), epochs, batch_size)


def _build(plan: Design, task: Task) -> Callable[..., Trainer]:
    """A function whose arguments are what `--vary` can change."""

    def build(
        lr: float = plan.lr, weight_decay: float = plan.weight_decay, dropout: float = plan.dropout,
        optimizer: Any = plan.optimizer, activation: Any = plan.activation, hidden: int | None = None,
    ) -> Trainer:
        sizes = plan.sizes if hidden is None else (plan.sizes[0], hidden, plan.sizes[-1])
        return training(
            replace(
                plan, lr=lr, weight_decay=weight_decay, dropout=dropout, optimizer=optimizer, activation=activation,
                sizes=sizes,
            ),
            task,
        )

    return build
