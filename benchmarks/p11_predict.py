"""P11: the answer to one row, by a network for tables and by one for pictures."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks import p03_table, p04_dense, pytorch
from benchmarks.race import Contestant, Goal, Pace, Race, Ready, Result, repeated
from benchmarks.recipe import Array, Recipe

FACTOR = 4


def _row(recipe: Recipe) -> Array:
    return np.ascontiguousarray(recipe.data(recipe.batch_size)[0][:1])


def _ready(answer: Callable[[], Any], pace: Pace) -> Ready:
    """A round of calls; the losses compared are the sums of the answers' absolute values."""
    return Ready(repeated(answer, pace.seconds), lambda: float(np.abs(np.asarray(answer())).sum()))


def _predict(recipe: Recipe, pace: Pace) -> Ready:
    from benchmarks import ours

    trainer, row = ours.trainer(recipe), _row(recipe)
    return _ready(lambda: trainer.predict(row), pace)


def _compiled(recipe: Recipe, pace: Pace) -> Ready:
    import chainrule as cr

    compile_ = getattr(cr, "compile", None)
    if compile_ is None:
        raise ImportError("not there yet: cr.compile")
    cr.manual_seed(0)
    model = recipe.model(cr).eval()
    call, row = compile_(model), cr.tensor(_row(recipe))

    def answer() -> Any:
        with cr.no_grad():
            return call(row).numpy()

    return _ready(answer, pace)


def _torch(recipe: Recipe, compiled: bool, pace: Pace) -> Ready:
    import torch

    if compiled:
        pytorch.needs_compiler()
    model = pytorch.load(recipe.model(torch), recipe.weights()).eval()
    call = torch.compile(model) if compiled else model
    row = torch.from_numpy(_row(recipe))
    if compiled:
        with pytorch.patient(pytorch.PATIENCE), torch.inference_mode():
            call(row)

    torch.set_num_threads(1)

    def answer() -> Any:
        with torch.inference_mode():
            return call(row)

    return _ready(answer, pace)


def _jax(recipe: Recipe, pace: Pace) -> Ready:
    import jax
    import jax.numpy as jnp

    net = recipe.jax
    assert net is not None
    weights = {name: jnp.asarray(value) for name, value in net.convert(recipe.weights()).items()}
    call, row = jax.jit(lambda w, x: net.apply(w, x, None)[0]), jnp.asarray(_row(recipe))
    return _ready(lambda: call(weights, row).block_until_ready(), pace)


def _sklearn(recipe: Recipe, pace: Pace) -> Ready:
    """A regressor of the same shape, given the same weights: its outputs are the logits."""
    from sklearn.neural_network import MLPRegressor

    state = list(recipe.weights().values())
    matrices, biases = [w.T for w in state[::2]], state[1::2]
    row = _row(recipe)
    hidden = [w.shape[1] for w in matrices[:-1]]
    model = MLPRegressor(hidden_layer_sizes=hidden, solver="sgd", learning_rate_init=1e-9)
    targets = np.zeros((2, matrices[-1].shape[1]), np.float32)
    model.partial_fit(np.zeros((2, row.shape[1]), np.float32), targets[:, 0] if targets.shape[1] == 1 else targets)
    model.coefs_, model.intercepts_ = matrices, biases
    return _ready(lambda: model.predict(row), pace)


def _reached(result: Result) -> bool | None:
    theirs, ours = result.best("PyTorch"), min(
        (name for name in result.seconds if name.startswith("chainrule")), key=result.median
    )
    return None if theirs is None else result.ratio(theirs, ours) >= FACTOR


def _race(id: str, work: str, recipe: Recipe) -> Race:
    return Race(
        id=id,
        work=work,
        unit="call",
        contestants=(
            Contestant("chainrule Trainer.predict", partial(_predict, recipe)),
            Contestant("chainrule compiled", partial(_compiled, recipe)),
            Contestant("PyTorch inference mode", partial(_torch, recipe, False)),
            Contestant("PyTorch compiled", partial(_torch, recipe, True)),
            Contestant("JAX jit", partial(_jax, recipe)),
            Contestant("scikit-learn", partial(_sklearn, recipe)),
        ),
        goals=(Goal(f"the better of ours at least {FACTOR}x PyTorch", _reached),),
    )


RACES = (
    _race("P11a", "predict one row, 30-64-64-1", p03_table.RECIPE),
    _race("P11b", "predict one row, 784-128-10", p04_dense.RECIPE),
)
