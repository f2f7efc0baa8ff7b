"""P12: a fit of handwritten digits by 64-100-10, 50 epochs, scikit-learn's own defaults.

The defaults are Adam, batches of 200, shuffled, and a penalty of 1e-4 on the matrices. On our side stands the
`Trainer`, until there is an estimator; its initial weights are scikit-learn's. Rows are shuffled by each library in
its own way, so the losses compared are those of a fit without shuffling. They are also without the penalty: Adam's
epsilon stands in two places (Kingma and Ba 2015, algorithm 1 here, the end of section 2 there), which matters where
the penalty alone, 1e-8 and less, is the gradient of a weight: at pixels that are always white.
"""

import warnings
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.race import Contestant, Pace, Race, Ready, faster
from benchmarks.recipe import Array, Rows

BATCH, PENALTY, EPOCHS, HIDDEN = 200, 1e-4, 50, 100


def _rows() -> Rows:
    from chainrule.data import digits

    X, y = digits()
    return (X / 16).astype(np.float32), y


def _weights() -> list[tuple[Array, Array]]:
    """For each layer (in, out) and (out,), drawn as scikit-learn draws them."""
    random, made = np.random.default_rng(0), []
    for before, after in ((64, HIDDEN), (HIDDEN, 10)):
        bound = (6 / (before + after)) ** 0.5
        drawn = random.uniform(-bound, bound, (before + 1, after)).astype(np.float32)
        made.append((drawn[:-1], drawn[-1]))
    return made


def _trainer(penalty: float) -> Any:
    import chainrule as cr

    nn = cr.nn
    model = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    arrays = [array for w, b in _weights() for array in (w.T, b)]
    model.load_state_dict({name: cr.tensor(a) for name, a in zip(model.state_dict(), arrays, strict=True)})
    matrices, biases = [model[0].weight, model[2].weight], [model[0].bias, model[2].bias]
    groups = [{"params": matrices, "weight_decay": penalty / BATCH}, {"params": biases}]
    return cr.Trainer(model, loss=nn.CrossEntropyLoss(), optimizer=cr.optim.Adam(groups), seed=0)


def _ours(pace: Pace) -> Ready:
    X, y = _rows()
    epochs = max(2, round(EPOCHS * min(1.0, 5 * pace.share)))

    def fit(shuffle: bool, penalty: float = PENALTY) -> Any:
        trainer = _trainer(penalty)
        trainer.fit((X, y), epochs=epochs, batch_size=BATCH, shuffle=shuffle, progress=False)
        return trainer

    def one_round() -> float:
        start = perf_counter()
        fit(shuffle=True)
        return perf_counter() - start

    def loss() -> float:
        return float(fit(shuffle=False, penalty=0.0).evaluate((X, y))["loss"])

    return Ready(one_round, loss)


def _sklearn(threads: int | None, pace: Pace) -> Ready:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    X, y = _rows()
    epochs = max(2, round(EPOCHS * min(1.0, 5 * pace.share)))

    def fit(shuffle: bool, penalty: float = PENALTY) -> Any:
        # Never stopped early, and begun from given weights, which a warm start takes over.
        patience = {"max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs + 1}
        model = MLPClassifier((HIDDEN,), alpha=penalty, shuffle=shuffle, random_state=0, **patience)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            with threadpool_limits(threads):
                model.partial_fit(X[:2], y[:2], classes=np.arange(10))
                model.coefs_ = [w.copy() for w, _ in _weights()]
                model.intercepts_ = [b.copy() for _, b in _weights()]
                model.warm_start = True
                del model._optimizer
                model.t_, model.loss_curve_, model.best_loss_, model._no_improvement_count = 0, [], np.inf, 0
                return model.fit(X, y)

    def one_round() -> float:
        start = perf_counter()
        fit(shuffle=True)
        return perf_counter() - start

    def loss() -> float:
        return float(log_loss(y, fit(shuffle=False, penalty=0.0).predict_proba(X)))

    return Ready(one_round, loss)


RACE = Race(
    id="P12",
    work="fit of digits 64-100-10, 50 epochs, scikit-learn's defaults; ours is the Trainer as yet, no estimator",
    unit="fit",
    contestants=(
        Contestant("chainrule Trainer", _ours),
        Contestant("scikit-learn", partial(_sklearn, None)),
        Contestant("scikit-learn, one thread", partial(_sklearn, 1)),
    ),
    goals=(faster(4, "scikit-learn"),),
)
