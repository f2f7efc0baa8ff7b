"""23: dense layers with nothing between them are one dense layer."""

from collections.abc import Iterator

import numpy as np

from chainrule.doctor.case import Case
from chainrule.doctor.looking import look_into
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

EXACT = 1e-4  # of the size of the answers, in single precision


def look(case: Case) -> Iterator[Suspicion]:
    """Two dense layers and more whose answer to a mean of rows is the mean of their answers."""
    if case.feed is None or len(case.feed.inputs) > 1 or case.feed.inputs[0].dtype.kind != "f":
        return
    layers = look_into(case.first, case.feed)
    X = case.feed.inputs[0][:64]
    if len(layers) < 2 or len(X) < 4:
        return
    draws = np.random.default_rng(0)
    one, other = draws.permutation(X), draws.permutation(X)
    with np.errstate(all="ignore"):
        given = [case.first.predict(rows.astype(X.dtype)) for rows in (one, other, (one + other) / 2)]
    middle = (given[0] + given[1]) / 2
    size = float(np.abs(middle).max())
    if size > 0 and np.isfinite(size) and float(np.abs(given[2] - middle).max()) < EXACT * size:
        bent = float(np.abs(given[2] - middle).max()) / size
        yield Suspicion(
            "no_nonlinearity", "exact" if case.trouble else "convention",
            (Evidence("linear", {"layers": len(layers), "bent": bent}),), strength=0.9,
        )


CHECK = Check(23, ("no_nonlinearity",), look)
