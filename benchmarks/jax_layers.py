"""Layers for JAX, as functions: weights by the names that modules give them, matrices as (in, out)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.recipe import InJax, Weights


def as_jax(weights: Weights, tables: Sequence[str] = ()) -> Weights:
    """Matrices (out, in) as (in, out), filters (out, in, kh, kw) as (kh, kw, in, out); `tables` stay as they are."""
    made = {}
    for name, value in weights.items():
        if value.ndim == 2 and name not in tables:
            made[name] = np.ascontiguousarray(value.T)
        elif value.ndim == 4:
            made[name] = np.ascontiguousarray(value.transpose(2, 3, 1, 0))
        elif "num_batches" not in name:
            made[name] = value
    return made


def linear(w: Any, name: str, x: Any) -> Any:
    """x W + b, without b where there is none."""
    z = x @ w[f"{name}.weight"]
    return z + w[f"{name}.bias"] if f"{name}.bias" in w else z


def dropout(key: Any, x: Any, p: float) -> Any:
    """Numbers left out with probability p, the others scaled; all of them without a key."""
    import jax
    import jax.numpy as jnp

    return x if key is None else jnp.where(jax.random.bernoulli(key, 1 - p, x.shape), x / (1 - p), 0.0)


def batch_norm(w: Any, name: str, x: Any) -> tuple[Any, dict[str, Any]]:
    """Columns of x (N, D) standardised over the batch, and the running statistics after it."""
    import jax.numpy as jnp

    mean, variance = x.mean(0), x.var(0)
    new = {"running_mean": mean, "running_var": variance * (len(x) / (len(x) - 1))}
    changed = {f"{name}.{kind}": 0.9 * w[f"{name}.{kind}"] + 0.1 * value for kind, value in new.items()}
    return (x - mean) / jnp.sqrt(variance + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"], changed


def layer_norm(w: Any, name: str, x: Any) -> Any:
    """The last axis standardised, times a weight."""
    import jax.numpy as jnp

    mean = x.mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"]


def conv_pool(w: Any, name: str, x: Any) -> Any:
    """3 × 3 with a border of zeros, ReLU, and the largest of every 2 × 2."""
    import jax
    import jax.numpy as jnp

    z = jax.lax.conv_general_dilated(
        x, w[f"{name}.weight"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    a = jnp.maximum(z + w[f"{name}.bias"], 0)
    return jax.lax.reduce_window(a, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def gru(w: Any, name: str, x: Any) -> Any:
    """All hidden states (N, T, H) of one layer, from zeros."""
    import jax
    import jax.numpy as jnp

    hidden = w[f"{name}.weight_hh_l0"]
    width = len(hidden)
    given = x @ w[f"{name}.weight_ih_l0"] + w[f"{name}.bias_ih_l0"]  # (N, T, 3 H)

    def turn(h: Any, from_x: Any) -> tuple[Any, Any]:
        from_h = h @ hidden + w[f"{name}.bias_hh_l0"]
        r, z = jnp.split(jax.nn.sigmoid(from_x[:, : 2 * width] + from_h[:, : 2 * width]), 2, axis=1)
        n = jnp.tanh(from_x[:, 2 * width :] + r * from_h[:, 2 * width :])
        h = (1 - z) * n + z * h
        return h, h

    _, states = jax.lax.scan(turn, jnp.zeros((len(x), width), x.dtype), given.swapaxes(0, 1))
    return states.swapaxes(0, 1)


def attention(w: Any, name: str, x: Any, heads: int) -> Any:
    """Causal self-attention with several heads, x (N, T, E)."""
    import jax
    import jax.numpy as jnp

    rows, length, width = x.shape
    shape = (rows, length, heads, width // heads)
    q, k, v = (part.reshape(shape) for part in jnp.split(linear(w, f"{name}.qkv", x), 3, axis=-1))
    scores = jnp.einsum("nqhd,nkhd->nhqk", q, k) * (width // heads) ** -0.5
    scores = jnp.where(jnp.tril(jnp.ones((length, length), bool)), scores, -jnp.inf)
    z = jnp.einsum("nhqk,nkhd->nqhd", jax.nn.softmax(scores), v)
    return linear(w, f"{name}.out", z.reshape(rows, length, width))


def mlp(names: Sequence[str], activation: str = "relu") -> InJax:
    """Linear layers of these names, with an activation between them."""

    def apply(w: Any, x: Any, key: Any) -> tuple[Any, dict[str, Any]]:
        import jax
        import jax.numpy as jnp

        f = jax.nn.relu if activation == "relu" else jnp.tanh
        for name in names[:-1]:
            x = f(linear(w, name, x))
        return linear(w, names[-1], x), {}

    return InJax(apply, as_jax)
