"""Recurrent networks: what one step does, and the run over all steps as a `scan`.

Inputs are multiplied by their weights for all steps at once, before the loop; inside it remain the product of the state
and the gates. Weights are shown (gates · H, inputs) as in PyTorch and lie in memory as (inputs, gates · H).
"""

from collections.abc import Callable

from chainrule.nn.functional._linear import linear
from chainrule.nn.functional._rectifiers import relu
from chainrule.tape.region import region
from chainrule.tape.scan import scan
from chainrule.tensors.joining import concatenate
from chainrule.tensors.tensor import Tensor

States = tuple[Tensor, ...]
Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]  # of input and state, biases of input and state


@region("lstm_gates", outputs=2)
def lstm_gates(z: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """h and c of an LSTM from the sums z (B, 4 H) of its gates, input, forget, cell, output, and the old c (B, H)."""
    size = c.shape[-1]
    i, f = z.narrow(-1, 0, size).sigmoid(), z.narrow(-1, size, size).sigmoid()
    g, o = z.narrow(-1, 2 * size, size).tanh(), z.narrow(-1, 3 * size, size).sigmoid()
    new = f * c + i * g
    shown = new.tanh()
    return o * shown, new, i, f, g, o, shown


@lstm_gates.derivative
def _(
    dh: Tensor | None, dc: Tensor | None, z: Tensor, c: Tensor,
    h: Tensor, new: Tensor, i: Tensor, f: Tensor, g: Tensor, o: Tensor, shown: Tensor,
) -> tuple[Tensor, Tensor]:
    if dh is None:
        do, d_new = o * 0.0, dc
    else:
        do, d_shown = dh * shown, dh * o * (1.0 - shown * shown)
        d_new = d_shown if dc is None else dc + d_shown
    assert d_new is not None
    di, df, dg = d_new * g, d_new * c, d_new * i
    gates = [di * i * (1.0 - i), df * f * (1.0 - f), dg * (1.0 - g * g), do * o * (1.0 - o)]
    return concatenate(gates, -1), d_new * f


@region("gru_gates")
def gru_gates(x: Tensor, s: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """The new h of a GRU from the sums x and s (B, 3 H) of input and state, gates reset, update, new, and the old h.

    The reset gate works on the sum of the state, bias included ("reset after"), as in PyTorch.
    """
    size = h.shape[-1]
    r = (x.narrow(-1, 0, size) + s.narrow(-1, 0, size)).sigmoid()
    u = (x.narrow(-1, size, size) + s.narrow(-1, size, size)).sigmoid()
    n = (x.narrow(-1, 2 * size, size) + r * s.narrow(-1, 2 * size, size)).tanh()
    return n + u * (h - n), r, u, n


@gru_gates.derivative
def _(
    d: Tensor, x: Tensor, s: Tensor, h: Tensor, new: Tensor, r: Tensor, u: Tensor, n: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    size = h.shape[-1]
    dn = d * (1.0 - u) * (1.0 - n * n)
    du = d * (h - n) * u * (1.0 - u)
    dr = dn * s.narrow(-1, 2 * size, size) * r * (1.0 - r)
    return concatenate([dr, du, dn], -1), concatenate([dr, du, dn * r], -1), d * u


def _tanh_step(h: Tensor, x: Tensor, W: Tensor) -> tuple[States, States]:
    h = (x + h @ W.T).tanh()
    return (h,), (h,)


def _relu_step(h: Tensor, x: Tensor, W: Tensor) -> tuple[States, States]:
    h = relu(x + h @ W.T)
    return (h,), (h,)


def _lstm_step(h: Tensor, c: Tensor, x: Tensor, W: Tensor) -> tuple[States, States]:
    h, c = lstm_gates(x + h @ W.T, c)
    return (h, c), (h,)


def _gru_step(h: Tensor, x: Tensor, W: Tensor, *bias: Tensor) -> tuple[States, States]:
    s = h @ W.T
    h = gru_gates(x, s + bias[0] if bias else s, h)
    return (h,), (h,)


GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3}
"""How many sums of width H a step of each kind makes."""

_STEPS: dict[str, Callable[..., tuple[States, States]]] = {
    "rnn_tanh": _tanh_step, "rnn_relu": _relu_step, "lstm": _lstm_step, "gru": _gru_step,
}


def recurrent(kind: str, x: Tensor, states: States, weights: Weights, reverse: bool = False) -> tuple[Tensor, States]:
    """One layer in one direction: the state after every step (T, B, H), and the last states (B, H).

    Args:
        kind: a name in `GATES`.
        x: (T, B, inputs).
        states: what the first step begins with, each (B, H).
        weights: (gates · H, inputs), (gates · H, H), and two biases (gates · H,) or None.
        reverse: begin with the last step.
    """
    W, W_state, bias, bias_state = weights
    if kind != "gru" and bias is not None and bias_state is not None:
        bias = bias + bias_state  # both are added to the same sum: once, before the loop
    steps, batch, inputs = x.shape
    sums = linear(x.reshape((steps * batch, inputs)), W, bias).reshape((steps, batch, W.shape[0]))
    constants = (W_state, bias_state) if kind == "gru" and bias_state is not None else (W_state,)
    last, (outputs,) = scan(_STEPS[kind], states, (sums,), constants, reverse=reverse)
    return outputs, last


def cell(kind: str, x: Tensor, states: States, weights: Weights) -> States:
    """One step: the new states (B, H) from an input (B, inputs) and the old states."""
    W, W_state, bias, bias_state = weights
    sums, state_sums = linear(x, W, bias), linear(states[0], W_state, bias_state)
    if kind == "gru":
        return (gru_gates(sums, state_sums, states[0]),)
    z = sums + state_sums
    if kind == "lstm":
        h, c = lstm_gates(z, states[1])
        return h, c
    return (z.tanh() if kind == "rnn_tanh" else relu(z),)
