"""Known mistakes on the way back through a norm."""

from collections.abc import Iterator

import numpy as np

from chainrule.glass.examining.derivation import Derivation
from chainrule.glass.examining.suspicion import Suspicion
from chainrule.glass.explaining.gathering import epsilon


def norms(of: Derivation) -> Iterator[Suspicion]:
    """Every known wrong derivative of a batch norm or layer norm."""
    for stage in of.names.found:
        number, source, out = stage.number, of.input(stage), of.output(stage)
        before, after = of.names.slope.get(source or ""), of.names.slope.get(out or "")
        if stage.kind != "norm" or before is None or after is None or f"var{number}" not in of:
            continue
        arriving = of[after]
        if arriving.ndim != 2 or of[before].shape != arriving.shape:
            continue
        deviation = np.sqrt(of[f"var{number}"] + float(epsilon(of.recorded, stage)))
        scale = of[f"scale{number}"] if f"scale{number}" in of else np.ones(1)
        axis = 0 if np.size(deviation) == arriving.shape[1] else 1
        scaled = arriving * scale
        rows = [
            ("norm_statistics_constant", scaled / deviation),
            ("norm_derivative", arriving), ("norm_derivative", scaled), ("norm_derivative", arriving / deviation),
            ("norm_derivative", (scaled - scaled.mean(axis, keepdims=True)) / deviation),
        ]
        if f"xhat{number}" in of:
            xhat = of[f"xhat{number}"]
            for part in (arriving, scaled):
                along = xhat * (part * xhat).mean(axis, keepdims=True)
                rows.append(("norm_derivative", (part - part.mean(axis, keepdims=True) - along) / deviation))
                rows.append(("norm_derivative", (part - along) / deviation))
                rows.append(("norm_derivative", part - part.mean(axis, keepdims=True) - along))
        for finding, slope in rows:
            yield Suspicion(finding, f"layer {number}", {before: slope}, {"layer": stage.owner or stage.function})
