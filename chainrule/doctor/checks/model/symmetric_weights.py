"""28: units that begin alike stay alike."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import first_weights
from chainrule.doctor.looks.layers import DENSE
from chainrule.doctor.suspicion import Check, Evidence, Suspicion


def look(case: Case) -> Iterator[Suspicion]:
    """A hidden layer of several units with the same weights, which get the same gradient."""
    dense = [(path, m) for path, m in case.first.model.named_modules() if isinstance(m, DENSE)]
    for path, module in dense[:-1]:
        weight = np.asarray(module.weight.numpy())
        rows = weight.reshape(len(weight), -1)
        bias = None if module.bias is None else module.bias.numpy()
        alike = len(rows) > 1 and (rows == rows[0]).all() and (bias is None or (bias == bias[0]).all())
        if alike:
            evidence = Evidence("alike", {"layer": path, "units": len(rows)})
            yield Suspicion("symmetric_weights", "exact", (evidence,), (first_weights(),), strength=1.0,
                            values={"layer": path})
            return


CHECK = Check(28, ("symmetric_weights",), look, "before")
