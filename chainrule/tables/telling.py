"""What a model says of itself to people."""

from typing import TYPE_CHECKING

from chainrule.language import say

if TYPE_CHECKING:
    from chainrule.tables.model import Model


def told(model: "Model") -> str:
    """What it predicts from what, and its scores beside those of other models."""
    lines = [say("table.model.is", name=model.name, target=model.schema.target.name, columns=", ".join(model.columns))]
    if model.judged:
        scored = model.judged.items()
        names = list(model.judged["network"])
        heads = ["", *(say(f"table.score.{name}") for name in names)]
        rows = [[say(f"table.by.{of}"), *(f"{found[name]:.4g}" for name in names)] for of, found in scored]
        widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
        filled = (zip(row, widths, strict=True) for row in (heads, *rows))
        lines += ["   ".join(cell.ljust(wide) for cell, wide in row).rstrip() for row in filled]
    return "\n".join(lines)
