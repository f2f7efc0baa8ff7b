"""Which seeds and which settings were asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np

from chainrule.data.arrays import Ints, whole
from chainrule.errors import ArgumentError


def numbers_of(asked: object) -> Ints:
    """The numbers of the seeds.

    Raises:
        ArgumentError: for none, numbers out of range, or one number twice.
    """
    where = "odds, argument seeds"
    if isinstance(asked, int | np.integer):
        return np.arange(whole(asked, where, least=1, most=10**9))
    if not isinstance(asked, Iterable) or isinstance(asked, str):
        raise ArgumentError("population.seeds_given", where, got=repr(asked))
    found = [whole(seed, where, least=0, most=2**63 - 1) for seed in asked]
    if not found:
        raise ArgumentError("population.seeds_given", where, got=repr(asked))
    twice = next((seed for seed, count in Counter(found).items() if count > 1), None)
    if twice is not None:
        raise ArgumentError("population.seed_twice", where, got=twice)
    return np.array(found, dtype=np.int64)


def combinations(vary: object) -> list[dict[str, Any]]:
    """Every combination of the values, the last name changing fastest.

    Raises:
        ArgumentError: for anything but names with values.
    """
    where = "odds, argument vary"
    if not isinstance(vary, Mapping) or not vary:
        raise ArgumentError("population.vary", where, got=repr(vary))
    columns = []
    for name, values in vary.items():
        column = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else []
        if not column:
            raise ArgumentError("population.vary_values", f"{where}, {name!r}", got=repr(values), name=name)
        columns.append(column)
    return [dict(zip(vary, chosen, strict=True)) for chosen in product(*columns)]
