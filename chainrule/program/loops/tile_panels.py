"""Which blocks of registers a tile uses for which columns and rows, by the width of the machine's vectors."""

from typing import NamedTuple

from chainrule.program.loops.tile_block import SIZES, Block

# Rows whose addresses are worked out at once; a whole number of the tallest blocks.
ROWS_AT_ONCE = {64: 140, 32: 96, 16: 96}


class Panel(NamedTuple):
    """Columns of C that are worked on together.

    Attributes:
        least: columns that must be left for it.
        most_rows: rows above which it is not taken; 0 for any number.
        width: columns it covers.
        blocks: largest number of rows first.
    """

    least: int
    most_rows: int
    width: int
    blocks: tuple[Block, ...]


def _panel(least: int, lanes: int, vectors: int, rows: tuple[int, ...], masked: bool, most_rows: int = 0) -> Panel:
    return Panel(least, most_rows, lanes * vectors, tuple(Block(r, vectors, lanes, masked) for r in rows))


def panels(dtype: str, nbytes: int, n: int | None = None) -> tuple[Panel, ...]:
    """The panels of a tile; of those that suit what is left, the first is taken.

    Args:
        dtype: `"float32"` or `"float64"`.
        nbytes: of a vector register: 64, 32 or 16.
        n: columns of C; None for all panels, whatever the columns.

    Returns:
        Panels, of which the last suits everything that the others leave.

    Example:
        >>> [panel.width for panel in panels("float32", 64, 784)]
        [64, 32, 16]
        >>> [panel.width for panel in panels("float32", 64, 10)]
        [16]
    """
    lanes = nbytes // SIZES[dtype]
    if nbytes == 64:  # 32 registers, and masks that cost nothing
        every: tuple[Panel, ...] = (
            _panel(2 * lanes + 1, lanes, 4, (2,), True, most_rows=2),
            _panel(lanes + 1, lanes, 2, (14, 8, 4), True),
            _panel(1, lanes, 1, (10, 5), True),  # the addresses of more rows would not fit into registers
        )
    elif nbytes == 32:  # 16 registers, of which masks take some
        every = (
            _panel(4 * lanes, lanes, 4, (2,), False, most_rows=2),
            _panel(2 * lanes, lanes, 2, (6, 3), False),
            _panel(lanes + 1, lanes, 2, (4,), True),
            _panel(1, lanes, 1, (8,), True),
        )
    else:  # no masks: the last columns are single numbers
        every = (
            _panel(4 * lanes, lanes, 4, (2,), False, most_rows=2),
            _panel(2 * lanes, lanes, 2, (6, 3), False),
            _panel(lanes, lanes, 1, (8,), False),
            _panel(1, 1, 1, (8,), False),
        )
    if n is None:
        return every
    used = _taken(tuple(panel for panel in every if not panel.most_rows), n) | _taken(every, n)
    return tuple(panel for panel in every if panel in used)


def _taken(choice: tuple[Panel, ...], n: int) -> set[Panel]:
    used = set()
    while n > 0:
        panel = next(panel for panel in choice if n >= panel.least)
        used.add(panel)
        n -= panel.width
    return used
