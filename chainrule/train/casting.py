"""The gate through which a user's rows come to a network: of the right type, finite, and never written to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.data.arrays import Array, numbers
from chainrule.errors import ChainruleWarning, DataError, ShapeError, warn


@dataclass(frozen=True)
class Casting:
    """How numbers are brought to a network.

    Attributes:
        dtype: of the network, float32 or float64.
        whole_inputs: keep whole-number inputs as int64: the network looks them up.
        whole_targets: keep whole-number targets as int64: the loss takes class numbers.
        classes: whether targets are class numbers, and False and True the classes 0 and 1.
        guard: what happens to NaN and infinity: `"refuse"`, `"warn"`, or nothing.
    """

    dtype: np.dtype[np.generic]
    whole_inputs: bool = False
    whole_targets: bool = False
    classes: bool = False
    guard: str = "refuse"

    def inputs(self, value: object, where: str, names: Sequence[str] = ()) -> Array:
        """(n, ...) inputs; `names` are those of the columns, for errors."""
        return self._cast(value, where, "iu" if self.whole_inputs else "", names)

    def targets(self, value: object, where: str) -> Array:
        """(n, ...) targets."""
        kinds = "iub" if self.classes else "iu" if self.whole_targets else ""
        return self._cast(value, where, kinds, ())

    def _cast(self, value: object, where: str, whole: str, names: Sequence[str]) -> Array:
        found = numbers(value, where)
        if not found.ndim:
            raise ShapeError("train.no_rows_axis", where)
        keep = found.dtype.kind in whole
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below, with its place
            made = np.ascontiguousarray(found, dtype=np.int64 if keep else self.dtype)
        if self.guard != "off" and not keep and not np.isfinite(made).all():
            error = _first_gap(found, made, where, names)
            if self.guard == "refuse":
                raise error
            warn(ChainruleWarning(error.key, error.where, **error.values))
        view = made.view()
        view.flags.writeable = False  # it may be the user's own memory
        return view


def _first_gap(found: Array, made: Array, where: str, names: Sequence[str]) -> DataError:
    wrong = np.argwhere(~np.isfinite(made))
    row, *rest = (int(place) for place in wrong[0])
    column = str(rest[0] if len(rest) == 1 else tuple(rest))
    if len(rest) == 1 and rest[0] < len(names):
        column += f' "{names[rest[0]]}"'
    place = f"{where}, row {row}" + (f", column {column}" if rest else "")
    value = found[tuple(wrong[0])]
    key = "train.not_finite" if not np.isfinite(value) else "train.too_large"
    return DataError(key, place, got=value, count=len(wrong), dtype=made.dtype)
