"""Recurrent cells: one step of RNN, GRU, LSTM, to be called step by step."""

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.nn.arguments import whole
from chainrule.nn.functional._recurrence import GATES, States, cell
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.nn.recurrent import drawn
from chainrule.tensors.creation import as_tensor, zeros
from chainrule.tensors.operands import cast, floating, promoted
from chainrule.tensors.tensor import Tensor


class _Cell(Module):
    """What all cells share: their weights, and the step."""

    kind: str
    states = 1
    weight_ih: Parameter  # (gates · H, inputs), in memory (inputs, gates · H)
    weight_hh: Parameter  # (gates · H, H)
    bias_ih: Parameter | None  # (gates · H,)
    bias_hh: Parameter | None

    def _own(self, input_size: int, hidden_size: int, bias: bool) -> None:
        where = f"{type(self).__name__}, argument"
        self.input_size = whole(input_size, f"{where} input_size")
        self.hidden_size = whole(hidden_size, f"{where} hidden_size")
        self.bias = bias
        rows = GATES[self.kind] * self.hidden_size
        self.weight_ih = drawn((rows, self.input_size), self.hidden_size)
        self.weight_hh = drawn((rows, self.hidden_size), self.hidden_size)
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, drawn((rows,), self.hidden_size) if bias else None)

    def _step(self, input: Any, given: tuple[Any, ...] | None) -> States:
        x = floating(as_tensor(input))
        x = cast(x, promoted(x, self.weight_ih))
        name = type(self).__name__
        if x.ndim not in {1, 2} or x.shape[-1] != self.input_size:
            where = f"{name}, argument input"
            axes = "(N, features) / (features,)"
            raise ShapeError("sequences.width", where, name="input", shape=x.shape, want=self.input_size, axes=axes)
        want = (*x.shape[:-1], self.hidden_size)
        states: States
        if given is None:
            states = (zeros(*want, dtype=x.dtype),) * self.states
        else:
            states = tuple(cast(as_tensor(state), x.dtype) for state in given)
            if len(states) != self.states or any(state.shape != want for state in states):
                got = ", ".join(str(np.shape(state)) for state in given)
                raise ShapeError("sequences.states", f"{name}, argument hx", got=got, count=self.states, want=want)
        return cell(self.kind, x, states, (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh))

    def extra_repr(self) -> str:
        """Widths, and every argument that is not its default."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of the plain recurrent network.

    h' = tanh(x W_ih + b_ih + h W_hh + b_hh)

    Args:
        input_size: numbers of the input.
        hidden_size: H, the width of the state.
        bias: False leaves both biases out.
        nonlinearity: `"tanh"` (default) or `"relu"`.

    Raises:
        ArgumentError: for sizes below 1, an unknown nonlinearity.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.RNNCell(6, 7)(cr.zeros(4, 6)).shape
        (4, 7)
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh") -> None:
        super().__init__()
        if nonlinearity not in {"tanh", "relu"}:
            known = '"tanh", "relu"'
            raise ArgumentError("layers.choice", "RNNCell, argument nonlinearity", got=repr(nonlinearity), known=known)
        self.nonlinearity = nonlinearity
        self.kind = f"rnn_{nonlinearity}"
        self._own(input_size, hidden_size, bias)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The new state (N, H) from `input` (N, features) and the old state `hx` (N, H), default zeros."""
        return self._step(input, None if hx is None else (hx,))[0]

    def extra_repr(self) -> str:
        """Widths, and every argument that is not its default."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class GRUCell(_Cell):
    """One step of the gated recurrent unit ("reset after").

    r, u = σ(x W_ih + b_ih + h W_hh + b_hh),  n = tanh(x W_in + b_in + r (h W_hn + b_hn)),  h' = (1 - u) n + u h

    Args:
        input_size: numbers of the input.
        hidden_size: H, the width of the state.
        bias: False leaves both biases out.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.GRUCell(6, 7)(cr.zeros(4, 6)).shape
        (4, 7)
    """

    kind = "gru"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self._own(input_size, hidden_size, bias)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The new state (N, H) from `input` (N, features) and the old state `hx` (N, H), default zeros."""
        return self._step(input, None if hx is None else (hx,))[0]


class LSTMCell(_Cell):
    """One step of the long short-term memory.

    i, f, o = σ(x W_ih + b_ih + h W_hh + b_hh),  g = tanh(…),  c' = f c + i g,  h' = o tanh(c')

    Args:
        input_size: numbers of the input.
        hidden_size: H, the width of state and cell.
        bias: False leaves both biases out.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> h, c = nn.LSTMCell(6, 7)(cr.zeros(4, 6))
        >>> h.shape, c.shape
        ((4, 7), (4, 7))
    """

    kind = "lstm"
    states = 2

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self._own(input_size, hidden_size, bias)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The new state and cell (N, H) from `input` (N, features) and the old ones `hx`, default zeros."""
        h, c = self._step(input, None if hx is None else tuple(hx))
        return h, c
