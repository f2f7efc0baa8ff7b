"""Everything that `chainrule train` can be told, with what holds when it is not told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from chainrule.cli.arguments import option, whole

# Named here as well as in `tables`: the help page must not load the library.
Task = Literal["binary", "classes", "numbers"]
Activation = Literal["relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus"]
Optimizer = Literal["adamw", "adam", "nadam", "lion", "sgd", "rmsprop", "adagrad", "adadelta"]
Language = Literal["en", "zh"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of `chainrule train`; None stands for what is chosen by the data.

    Attributes:
        config: a file that says what is not said here.
        target: the column of a file to predict.
        task: what the targets are.
        test: share, or number, of the rows kept for judging.
        validation: share, or number, of the other rows that early stopping watches; a fifth, of many a tenth.
        hidden: widths of the hidden layers, divided by commas; `"0"` for none.
        activation: between the layers.
        dropout: share of a hidden layer's outputs left out in training.
        optimizer: what makes a step of a gradient.
        lr: the largest learning rate; it warms up to it and falls as a cosine.
        weight_decay: share of the weights, times the rate, that each step takes away.
        epochs: the most times all rows are gone through.
        batch_size: rows a step.
        patience: epochs without a better validation loss after which it stops; 0 for never.
        seed: of the split, the first weights, the order of rows and dropout.
        out: folder to write.
        overwrite: replace that folder if a run wrote it.
        delimiter: between the cells of a CSV file.
        encoding: of a CSV file.
        header: whether a CSV file begins with names.
        drop: leave out columns that cannot be used and rows without a target, aloud; otherwise they are refused.
        progress: show a bar.
        quiet: print the scores only.
        json: print one JSON object for programs.
        lang: of all words.
    """

    config: Annotated[Path | None, option("cli.help.config")] = None
    target: Annotated[str | None, option("cli.help.target")] = None
    task: Annotated[Task | None, option("cli.help.task")] = None
    test: Annotated[float, option("cli.help.test")] = 0.2
    validation: Annotated[float | None, option("cli.help.validation")] = None
    hidden: Annotated[str | None, option("cli.help.hidden")] = None
    activation: Annotated[Activation, option("cli.help.activation")] = "relu"
    dropout: Annotated[float | None, option("cli.help.dropout")] = None
    optimizer: Annotated[Optimizer, option("cli.help.optimizer")] = "adamw"
    lr: Annotated[float | None, option("cli.help.lr")] = None
    weight_decay: Annotated[float | None, option("cli.help.weight_decay")] = None
    epochs: Annotated[int | None, whole("cli.help.epochs")] = None
    batch_size: Annotated[int | None, whole("cli.help.batch_size")] = None
    patience: Annotated[int | None, whole("cli.help.patience")] = None
    seed: Annotated[int, whole("cli.help.seed")] = 0
    out: Annotated[Path | None, option("cli.help.out")] = None
    overwrite: Annotated[bool, option("cli.help.overwrite")] = False
    delimiter: Annotated[str | None, option("cli.help.delimiter")] = None
    encoding: Annotated[str, option("cli.help.encoding")] = "utf-8"
    header: Annotated[bool | None, option("cli.help.header", negative="--no-header")] = None
    drop: Annotated[bool, option("cli.help.drop", negative="--no-drop")] = True
    progress: Annotated[bool, option("cli.help.progress", negative="--no-progress")] = True
    quiet: Annotated[bool, option("cli.help.quiet")] = False
    json: Annotated[bool, option("cli.help.json")] = False
    lang: Annotated[Language | None, option("cli.help.lang")] = None

    def __new__(cls, **given: Any) -> Self:
        """Remember what was said: `--seed 0` overrules a file, and the 0 that nobody said does not."""
        made = super().__new__(cls)
        made.__dict__["_given"] = frozenset(given)
        return made

    @property
    def given(self) -> frozenset[str]:
        """The names of the options that were said."""
        names: frozenset[str] = self.__dict__["_given"]
        return names
