"""What was asked for on the command line, as the design of a training takes it."""

from chainrule.cli.run.options import Options
from chainrule.errors import ArgumentError
from chainrule.tables.design import WIDEST, Wishes


def wishes(options: Options) -> Wishes:
    """The options that shape a network and its training.

    Raises:
        ArgumentError: for widths that are none.
    """
    return Wishes(
        hidden=None if options.hidden is None else _widths(options.hidden), activation=options.activation,
        dropout=options.dropout, optimizer=options.optimizer, lr=options.lr, weight_decay=options.weight_decay,
        epochs=options.epochs, batch_size=options.batch_size, patience=options.patience, where="chainrule train",
    )


def _widths(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise ArgumentError("cli.error.hidden", "chainrule train, --hidden", got=repr(text), widest=WIDEST)
    widths = tuple(int(word) for word in words)
    return () if widths == (0,) else widths
