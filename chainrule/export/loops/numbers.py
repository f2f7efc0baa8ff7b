"""Arrays as lists of numbers in a source file."""

import numpy as np

from chainrule.export.given import Array

WIDE = 112


def literals(array: Array, infinity: str, nan: str, single: str = "") -> list[str]:
    """Each number as its shortest text that reads back as the same bits.

    Args:
        array: of any shape, read rows first.
        infinity, nan: the words for them.
        single: what is put behind a float32.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype.kind != "f":
        return [str(int(number)) for number in flat]
    tail = single if flat.dtype == np.float32 else ""
    found = []
    for number in flat:
        if np.isfinite(number):
            text = str(number)
            found.append((text if "." in text or "e" in text else f"{text}.0") + tail)
        else:
            found.append(nan if np.isnan(number) else infinity if number > 0 else f"-{infinity}")
    return found


def rows_of(words: list[str]) -> list[str]:
    """The words in lines, with commas."""
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > WIDE:
            lines.append(f"    {line.rstrip()}")
            line = ""
        line += f"{word}, "
    return [*lines, f"    {line.rstrip()}"]
