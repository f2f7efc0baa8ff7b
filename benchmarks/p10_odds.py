"""P10: a thousand networks for XOR, 2-2-1 tanh, SGD, each from its own weights, 20,000 epochs where time allows."""

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import in_jax
from benchmarks.jax_layers import as_jax, mlp
from benchmarks.p01_xor import rows
from benchmarks.race import Contestant, Pace, Race, Ready, faster
from benchmarks.recipe import Recipe, Weights

NETWORKS, EPOCHS, CHECK = 1_000, 20_000, 200
FEW = (20, 4_000)  # epochs of two trials
LONGEST = 2.0  # seconds a round, so that the general path can be raced at all


def network(library: Any) -> Any:
    return library.nn.MLP([2, 2, 1], activation="tanh", init="lecun_normal")


def build() -> Any:
    """A Trainer as the user of `cr.odds` writes it."""
    import chainrule as cr

    model = network(cr)
    optimizer = cr.optim.SGD(model.parameters(), lr=0.1)
    return cr.Trainer(model, loss=cr.nn.BCEWithLogitsLoss(), optimizer=optimizer)


def weights(networks: int) -> Weights:
    """The initial weights of all networks: those of seed 0, 1, 2 and so on."""
    import chainrule as cr

    found = []
    for seed in range(networks):
        cr.manual_seed(seed)
        found.append({name: value.numpy() for name, value in network(cr).state_dict().items()})
    return {name: np.stack([each[name] for each in found]) for name in found[0]}


def _epochs(run: Callable[[int], Any], pace: Pace) -> int:
    """How many epochs fit into a round, by what some of them took, the building apart."""
    took = []
    for epochs in FEW:
        start = perf_counter()
        run(epochs)
        took.append(perf_counter() - start)
    one = (took[1] - took[0]) / (FEW[1] - FEW[0])
    return max(FEW[1], min(round(EPOCHS * pace.share), round((LONGEST - took[0]) / max(one, 1e-9))))


def _ours(alone: bool, pace: Pace) -> Ready:
    """`alone`: without what a run of a few epochs takes too, above all the building of the networks."""
    import chainrule as cr

    odds = getattr(cr, "odds", None)
    if odds is None:
        raise ImportError("not there yet: cr.odds")
    networks, data = max(2, round(NETWORKS * pace.share)), rows(4)

    def run(epochs: int) -> Any:
        return odds(build, data, epochs=epochs, batch_size=4, seeds=networks, progress=False)

    run(2)
    epochs = _epochs(run, pace) * (5 if alone else 1)  # more than the building differs from time to time

    def one_round() -> float:
        start = perf_counter()
        run(epochs)
        spent, counted = perf_counter() - start, epochs
        if alone:
            start = perf_counter()
            run(FEW[0])
            spent, counted = spent - (perf_counter() - start), epochs - FEW[0]
        return spent / (counted * networks)

    return Ready(one_round, lambda: float(np.mean(run(CHECK).losses)))


RECIPE = Recipe(model=network, loss="bce", rule="SGD", options={"lr": 0.1}, data=rows, batch_size=4, batches=1)


def _jax(axis: int, pace: Pace) -> Ready:
    """Networks side by side, along the first or the last axis of every weight."""
    import jax
    import jax.numpy as jnp

    networks = max(2, round(NETWORKS * pace.share))
    stacked = weights(networks)
    names = tuple(dict.fromkeys(name.rsplit(".", 1)[0] for name in stacked))
    net = mlp(names, "tanh")
    one = [as_jax({name: value[i] for name, value in stacked.items()}) for i in range(networks)]
    begun = {name: jnp.asarray(np.stack([each[name] for each in one], axis)) for name in one[0]}
    batch, criterion = rows(4), in_jax.mean_loss("bce")

    def loss_of(w: Any) -> Any:
        return criterion(net.apply(w, batch[0], None)[0], batch[1])

    def step(w: Any, _: Any) -> tuple[Any, None]:
        return {name: w[name] - 0.1 * g for name, g in jax.grad(loss_of)(w).items()}, None

    def run(w: Any, epochs: int) -> Any:
        """All weights after so many epochs."""
        return jax.lax.scan(jax.vmap(step, (axis, None), (axis, None)), w, None, length=epochs)[0]

    compiled = jax.jit(run, static_argnums=1)
    for epochs in FEW:
        jax.block_until_ready(compiled(begun, epochs))
    epochs = _epochs(lambda count: jax.block_until_ready(compiled(begun, count)), pace)
    jax.block_until_ready(compiled(begun, epochs))

    def one_round() -> float:
        start = perf_counter()
        jax.block_until_ready(compiled(begun, epochs))
        return (perf_counter() - start) / (epochs * networks)

    def loss() -> float:
        return float(jax.vmap(loss_of, (axis,))(compiled(begun, CHECK)).mean())

    return Ready(one_round, loss)


RACE = Race(
    id="P10",
    work=f"{NETWORKS:,} XOR networks 2-2-1 tanh side by side, SGD; JAX is given built networks",
    unit="network-step",
    contestants=(
        Contestant("chainrule odds", partial(_ours, True)),
        Contestant("chainrule odds, building included", partial(_ours, False)),
        Contestant("JAX vmap + scan", partial(_jax, 0)),
        Contestant("JAX vmap + scan, networks innermost", partial(_jax, -1)),
    ),
    goals=(faster(10, "JAX"),),
)
