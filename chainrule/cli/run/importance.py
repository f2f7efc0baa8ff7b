"""What each column is worth to a network: how much worse its answers get when the column's cells are shuffled."""

import numpy as np

from chainrule.data import streams
from chainrule.tables.answers import answers
from chainrule.tables.fields import Inputs
from chainrule.tables.parts import Parts
from chainrule.tables.scores import scores
from chainrule.train.trainer import Trainer

ROWS = 2_000
COLUMNS = 40  # pictures and very wide tables would take too long, and nobody reads more


def importance(trainer: Trainer, parts: Parts, seed: int) -> dict[str, float]:
    """The main score that is lost with each column, by its name, the largest loss first; at most `COLUMNS` of them.

    Args:
        trainer: of the network.
        parts: the rows to judge by, of which at most `ROWS` are asked.
        seed: of the shuffling.

    Source:
        Breiman, "Random forests", 2001, section 10.
    """
    fields = parts.schema.fields
    if len(fields) > COLUMNS:
        return {}
    X, truth = parts.judging.X[:ROWS], parts.truth[:ROWS]
    name = "r2" if parts.task == "numbers" else "accuracy"

    def score(rows: Inputs) -> float:
        return scores(parts.task, truth, answers(trainer.predict(rows), parts.schema.target))[name]

    whole = score(X)
    order = streams.generator(seed, streams.CHECKS).permutation(len(X))
    dense = parts.schema.dense
    places = [*dense, *(place for place in range(len(fields)) if place not in set(dense))]
    begins = np.cumsum([0, *(fields[place].width for place in places)])
    found = {}
    for number, place in enumerate(places):
        shuffled = X.copy()
        columns = slice(begins[number], begins[number + 1])
        shuffled[:, columns] = X[order, columns]
        found[fields[place].name] = whole - score(shuffled)
    return dict(sorted(found.items(), key=lambda item: -item[1]))
