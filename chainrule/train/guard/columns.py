"""Columns of a table that hardly anybody means: unscaled, constant, or the target itself."""

from collections.abc import Iterator

import numpy as np

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleWarning
from chainrule.train.guard.scene import WEIGHTED, Findings, Scene

LARGE = 100.0  # root of the mean square: pixels up to 255, years and prices are above, ages and degrees below
FEWEST = 8  # rows from which on a column says something about the data
WIDE = 32  # columns: wider tables are pixels or indicators, of which some are always at their lowest
FEW_IMAGES = 1000  # that tell how bright all are
WITNESSES = 20  # rows from which on a column equal to the target is no accident of a truth table


def unscaled(scene: Scene) -> Findings:
    """A column of large numbers that goes into weights as it is."""
    for place, part in _tables(scene):
        if max(-part.min(), part.max()) <= LARGE or not _read_as_it_is(scene, place):
            continue
        low, high = part.min(axis=0), part.max(axis=0)
        columns = np.flatnonzero(np.maximum(-low, high) > LARGE)
        squares = np.mean(np.square(part[:, columns], dtype=np.float64), axis=0)
        columns = columns[squares > LARGE**2]
        if columns.size:
            first = int(columns[0])
            yield ChainruleWarning(
                "guard.unscaled", _column(scene, place, first), low=f"{low[first]:g}", high=f"{high[first]:g}",
                count=columns.size, all=part.shape[1],
            )


def unscaled_images(scene: Scene) -> Findings:
    """Images or sequences of large numbers that go into weights as they are."""
    for place, part in enumerate(scene.feed.inputs):
        if part.ndim < 3 or part.dtype.kind != "f" or max(-part.min(), part.max()) <= LARGE:
            continue
        rows = scene.given[place]._array
        readers = (tensor._array for node, tensor in scene.way.readers if node.operation.name in WEIGHTED)
        if any(np.may_share_memory(array, rows) for array in readers):
            square = float(np.mean(np.square(part[:FEW_IMAGES], dtype=np.float64)))
            if square > (LARGE / 4) ** 2:
                yield ChainruleWarning(
                    "guard.unscaled_images", scene.inputs(place), low=f"{part.min():g}", high=f"{part.max():g}"
                )


def constant(scene: Scene) -> Findings:
    """A column that has the same number in every row; 1 or -1 is a bias, and nothing but zeros stands for no input."""
    for place, part in _tables(scene):
        if _normalised(scene, place):
            continue  # a norm makes nothing of a constant
        still = np.flatnonzero(part[0] == part[-1])
        if not still.size:
            continue
        still = still[(part[:, still] == part[0, still]).all(axis=0)]
        still = still[np.abs(part[0, still]) != 1]
        if still.size and part.shape[1] > WIDE:
            still = still[part[0, still] != part.min()]
        if still.size and (still.size < part.shape[1] or part[0].any()):
            first = int(still[0])
            yield ChainruleWarning(
                "guard.constant", _column(scene, place, first), value=f"{part[0, first]:g}", count=still.size
            )


def target_inside(scene: Scene) -> Findings:
    """A column of X that is the target, or the same two classes by other numbers."""
    targets = scene.feed.targets
    if scene.feed.rows < WITNESSES or targets.size != len(targets):
        return
    wanted = targets.reshape(-1)
    other = wanted[np.argmax(wanted != wanted[0])]
    two = bool(((wanted == wanted[0]) | (wanted == other)).all())
    for place, part in _tables(scene):
        if part.shape[1] < 2 or other == wanted[0]:
            continue
        # Where the target is what it is in the first and in the last row, so has to be the column.
        alike = (part[0] == part[-1]) == (wanted[0] == wanted[-1])
        for column in np.flatnonzero(alike):
            same = part[0, column] == wanted[0] and bool((part[:, column] == wanted).all())
            if same or (two and _told(part[:, column], wanted)):
                yield ChainruleWarning("guard.target_inside", _column(scene, place, int(column)))
                return


def _told(column: Array, wanted: Array) -> bool:
    """Whether two numbers of a column stand for the two of the target."""
    few = slice(0, 64)
    first = wanted == wanted[0]
    for rows in (few, slice(None)):
        one, two = column[rows][first[rows]], column[rows][~first[rows]]
        if (one != column[0]).any() or (two.size and (two != two[0]).any()) or (two == column[0]).any():
            return False
    return True


def _tables(scene: Scene) -> Iterator[tuple[int, Array]]:
    """The inputs that are tables of numbers, and long enough."""
    if scene.feed.rows >= FEWEST:
        for place, part in enumerate(scene.feed.inputs):
            if part.ndim == 2 and part.dtype.kind == "f":
                yield place, part


def _read_as_it_is(scene: Scene, place: int) -> bool:
    """Whether weights are the first that these rows meet, not a norm or a scaling of the network's own."""
    rows = scene.given[place]
    return any(tensor is rows and node.operation.name in WEIGHTED for node, tensor in scene.way.readers)


def _normalised(scene: Scene, place: int) -> bool:
    """Whether a norm is the first that these rows meet."""
    rows = scene.given[place]
    return any(tensor is rows and "norm" in node.operation.name for node, tensor in scene.way.readers)


def _column(scene: Scene, place: int, column: int) -> str:
    called = f' "{scene.feed.names[column]}"' if column < len(scene.feed.names) else ""
    return f"{scene.inputs(place)}, column {column}{called}"
