"""What an export tells of itself: the files, and what weights in bytes cost."""

from dataclasses import dataclass
from pathlib import Path

from chainrule.language import say


@dataclass(frozen=True)
class Deviation:
    """How far answers moved when weights were rounded to bytes, measured on rows that were given.

    Args:
        rows: how many rows were measured.
        largest: the largest difference of any number of an answer.
        mean: the mean difference.
        same_class: the share of rows whose largest number stands in the same place; None where an answer is one number.

    Example:
        >>> from chainrule.export import Deviation
        >>> Deviation(rows=100, largest=0.02, mean=0.004, same_class=1.0).same_class
        1.0
    """

    rows: int
    largest: float
    mean: float
    same_class: float | None

    def __str__(self) -> str:
        words = say("export.deviation", rows=self.rows, largest=f"{self.largest:.2g}", mean=f"{self.mean:.2g}")
        return words if self.same_class is None else words + say("export.same_class", share=f"{self.same_class:.2%}")


@dataclass(frozen=True)
class Exported:
    """What an export has written.

    Args:
        files: that were written.
        size: of them together, in bytes.
        deviation: what rounding the weights to bytes has changed; None where they were not rounded.
        inputs: of the model of a table, what goes in, in words: a line for each column.
        outputs: of the model of a table, what comes out.

    Example:
        >>> from pathlib import Path
        >>> from chainrule.export import Exported
        >>> print(Exported((Path("net.onnx"),), 1234, None))
        net.onnx: 1,234 bytes
    """

    files: tuple[Path, ...]
    size: int
    deviation: Deviation | None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = ", ".join(str(path) for path in self.files)
        words = say("export.written", files=names, size=f"{self.size:,}")
        return words if self.deviation is None else f"{words}\n{self.deviation}"
