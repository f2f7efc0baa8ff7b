"""JAX in a race of trainings: `jit` for each step, and `jit` with `lax.scan` over the batches."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.race import Contestant, Pace, Ready, counted, repeated
from benchmarks.recipe import InJax, Recipe, Rows

NAME = "JAX"

Carry = tuple[Any, Any, Any]  # weights and running statistics, moments, number of the step
Step = Callable[[Carry, Any], tuple[Carry, Any]]  # of a carry and a batch


def mean_loss(kind: str) -> Callable[[Any, Any], Any]:
    """The losses of recipes, by name, of logits and targets."""
    import jax
    import jax.numpy as jnp

    def bce(z: Any, y: Any) -> Any:
        return jnp.mean(jax.nn.softplus(z) - z * y)

    def mse(z: Any, y: Any) -> Any:
        return jnp.mean((z - y) ** 2)

    def cross_entropy(z: Any, y: Any) -> Any:
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[..., None], axis=-1))

    return {"bce": bce, "mse": mse, "cross_entropy": cross_entropy, "characters": cross_entropy}[kind]


def rule(recipe: Recipe) -> tuple[int, Callable[[Any, Any, Any, Any], tuple[Any, Any]]]:
    """How many moments the optimizer keeps of a weight, and how it changes one: (w, g, moments, t) to (w, moments)."""
    import jax.numpy as jnp

    options = dict(recipe.options)
    lr, decay = options["lr"], options.get("weight_decay", 0.0)
    if recipe.rule == "SGD":
        return 0, lambda w, g, moments, t: (w - lr * g, moments)
    low, high = options.get("betas", (0.9, 0.999))
    eps = options.get("eps", 1e-8)

    def adam(w: Any, g: Any, moments: Any, t: Any) -> tuple[Any, Any]:
        if recipe.rule == "AdamW" and (w.ndim > 1 or not recipe.matrices_decay):
            w = w * (1 - lr * decay)
        m, v = moments
        m, v = low * m + (1 - low) * g, high * v + (1 - high) * g * g
        root = jnp.sqrt(v / (1 - high**t)) + eps
        return w - lr * (m / (1 - low**t)) / root, (m, v)

    return 2, adam


def stepper(recipe: Recipe, net: InJax, *, noise: bool = True) -> tuple[Carry, Step]:
    """The carry at the start, and a step of it over one batch."""
    import jax
    import jax.numpy as jnp

    criterion = mean_loss(recipe.loss)
    kept, change = rule(recipe)
    given = {name: jnp.asarray(value) for name, value in net.convert(recipe.weights()).items()}
    running = {name for name in given if "running_" in name}
    learnt = {name: value for name, value in given.items() if name not in running}
    statistics = {name: given[name] for name in running}
    moments = {name: tuple(jnp.zeros_like(value) for _ in range(kept)) for name, value in learnt.items()}

    def step(carry: Carry, batch: Any) -> tuple[Carry, Any]:
        (weights, kept_statistics), moments, t = carry
        x, y = batch
        key = jax.random.fold_in(jax.random.key(0), t.astype(jnp.int32)) if noise else None

        def loss_of(weights: Any) -> tuple[Any, Any]:
            outputs, changed = net.apply({**weights, **kept_statistics}, x, key)
            return criterion(outputs, y), changed

        (loss, changed), slopes = jax.value_and_grad(loss_of, has_aux=True)(weights)
        if recipe.clip is not None:
            norm = jnp.sqrt(sum(jnp.sum(g * g) for g in slopes.values()))
            slopes = {name: g * jnp.minimum(1.0, recipe.clip / (norm + 1e-6)) for name, g in slopes.items()}
        t = t + 1 if kept else t  # SGD does not ask
        made = {name: change(weights[name], slopes[name], moments[name], t) for name in weights}
        weights, moments = ({name: pair[i] for name, pair in made.items()} for i in (0, 1))
        return ((weights, {**kept_statistics, **changed}), moments, t), loss

    return ((learnt, statistics), moments, jnp.float32(0)), step


def batches(recipe: Recipe, data: Rows) -> tuple[Any, Any]:
    """X and y with an axis of batches in front."""
    import jax.numpy as jnp

    X, y = data
    if recipe.pictures:
        X = X.transpose(0, 2, 3, 1)  # (N, H, W, C), as convolutions of JAX like it
    if y.dtype == np.int64:
        y = y.astype(np.int32)
    if X.dtype == np.int64:
        X = X.astype(np.int32)
    return tuple(jnp.asarray(part.reshape(-1, recipe.batch_size, *part.shape[1:])) for part in (X, y))


def prepare(recipe: Recipe, scan: bool, pace: Pace) -> Ready:
    """Steps over the batches, again and again, in one of the two modes."""
    import jax

    net = recipe.jax
    assert net is not None
    given = batches(recipe, recipe.rows(pace))
    count = len(given[0])
    carry, step = stepper(recipe, net)
    if scan and count == 1:
        return Ready(_one_batch_for_ever(recipe, carry, step, given, pace), partial(_loss, recipe, net, given))
    held: list[Carry] = [carry]
    one = jax.jit(step, donate_argnums=0)
    single = [jax.tree.map(lambda part, i=i: part[i].copy(), given) for i in range(count)]
    whole = jax.jit(lambda carry, batches: jax.lax.scan(step, carry, batches), donate_argnums=0)

    def epochs(times: int) -> None:
        for _ in range(times):
            if scan:
                held[0], losses = whole(held[0], given)
            else:
                for batch in single:
                    held[0], losses = one(held[0], batch)
        jax.block_until_ready((held[0], losses))

    epochs(1)
    timed = counted(epochs, pace.seconds)
    return Ready(lambda: timed() / count, partial(_loss, recipe, net, given))


def _one_batch_for_ever(
    recipe: Recipe, carry: Carry, step: Step, given: tuple[Any, Any], pace: Pace
) -> Callable[[], float]:
    """All turns in one program, the batch a constant, no losses kept.

    So XLA makes one kernel of the whole loop: 0.07 µs a step for XOR, where it takes 0.7 µs otherwise.
    """
    import jax

    turns = recipe.most if pace.seconds else 2
    batch = tuple(np.asarray(part[0]) for part in given)
    loop = jax.jit(lambda carry: jax.lax.scan(lambda c, _: (step(c, batch)[0], None), carry, None, length=turns)[0])
    held = [jax.block_until_ready(loop(carry))]

    def again() -> None:
        held[0] = jax.block_until_ready(loop(held[0]))

    timed = repeated(again, pace.seconds)
    return lambda: timed() / turns


def _loss(recipe: Recipe, net: InJax, given: tuple[Any, Any]) -> float:
    import jax

    carry, step = stepper(recipe, net, noise=False)
    whole = jax.jit(lambda carry, batches: jax.lax.scan(step, carry, batches))
    losses: Any = None
    for _ in range(recipe.check):
        carry, losses = whole(carry, given)
    return float(losses.mean())


def contestants(recipe: Recipe) -> tuple[Contestant, ...]:
    """Both modes; none where the recipe has no network for JAX."""
    if recipe.jax is None:
        return ()
    return (
        Contestant(f"{NAME} jit", partial(prepare, recipe, False)),
        Contestant(f"{NAME} scan", partial(prepare, recipe, True)),
    )
