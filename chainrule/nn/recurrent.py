"""Recurrent layers: RNN, LSTM, GRU, over sequences."""

import warnings
from math import sqrt
from typing import Any

import numpy as np

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError, ShapeError
from chainrule.language import say
from chainrule.nn.arguments import whole
from chainrule.nn.functional._dropout import checked_probability, dropout
from chainrule.nn.functional._recurrence import GATES, States, recurrent
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import as_tensor, zeros
from chainrule.tensors.joining import concatenate, stack
from chainrule.tensors.operands import cast, floating, promoted
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor


def drawn(shape: tuple[int, ...], hidden_size: int) -> Parameter:
    """A parameter from U(-1/√H, 1/√H); a matrix (outputs, inputs) lies in memory as (inputs, outputs)."""
    bound = 1 / sqrt(hidden_size)
    storage = default_generator.numpy().uniform(-bound, bound, shape[::-1]).astype(default_dtype())
    return Parameter(wrap(storage.T))


class _Recurrent(Module):
    """What all recurrent layers share: weights for each layer and direction, and the way through them."""

    kind: str
    states = 1

    def _own(
        self, input_size: int, hidden_size: int, num_layers: int, bias: bool, batch_first: bool, dropout: float,
        bidirectional: bool,
    ) -> None:
        where = f"{type(self).__name__}, argument"
        self.input_size = whole(input_size, f"{where} input_size")
        self.hidden_size = whole(hidden_size, f"{where} hidden_size")
        self.num_layers = whole(num_layers, f"{where} num_layers")
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout = checked_probability(dropout, type(self).__name__)
        if dropout and self.num_layers == 1:
            warnings.warn(say("sequences.dropout", where=f"{where} dropout", got=dropout), stacklevel=3)
        rows = GATES[self.kind] * self.hidden_size
        self._names: list[tuple[str, ...]] = []  # of the weights, by layer and direction
        for layer in range(self.num_layers):
            width = self.input_size if layer == 0 else self.hidden_size * (2 if bidirectional else 1)
            for direction in ("", "_reverse") if bidirectional else ("",):
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, self.hidden_size)}
                if bias:
                    shapes.update(bias_ih=(rows,), bias_hh=(rows,))
                named = {f"{name}_l{layer}{direction}": shape for name, shape in shapes.items()}
                for name, shape in named.items():
                    self.register_parameter(name, drawn(shape, self.hidden_size))
                self._names.append(tuple(named))

    def _run(self, input: Any, given: tuple[Any, ...] | None) -> tuple[Tensor, States]:
        """The states of the last layer after every step, and the last states (layers · directions, N, H) of all."""
        x = floating(as_tensor(input))
        x = cast(x, promoted(x, getattr(self, self._names[0][0])))
        single = x.ndim == 2
        if x.ndim not in {2, 3} or x.shape[-1] != self.input_size:
            axes = "(N, L, features)" if self.batch_first else "(L, N, features)"
            raise ShapeError(
                "sequences.width", f"{type(self).__name__}, argument input",
                name="input", shape=x.shape, want=self.input_size, axes=axes,
            )
        if single:
            x = x.unsqueeze(1)
        elif self.batch_first:
            x = x.transpose(0, 1)  # (L, N, features)
        starts = self._starts(x, given, single)
        last: list[States] = []
        directions = 2 if self.bidirectional else 1
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = dropout(x, self.dropout, self.training)
            outs = []
            for direction in range(directions):
                place = layer * directions + direction
                weights = [getattr(self, name) for name in self._names[place]]
                state = tuple(start[place] for start in starts)
                if not self.bias:
                    weights += [None, None]
                out, end = recurrent(self.kind, x, state, tuple(weights), reverse=bool(direction))
                outs.append(out)
                last.append(end)
            x = outs[0] if directions == 1 else concatenate(outs, -1)  # (L, N, directions · H)
        ends = tuple(stack([end[i] for end in last]) for i in range(self.states))
        if single:
            return x.squeeze(1), tuple(end.squeeze(1) for end in ends)
        return x.transpose(0, 1) if self.batch_first else x, ends

    def _starts(self, x: Tensor, given: tuple[Any, ...] | None, single: bool) -> States:
        """The states to begin with, (layers · directions, N, H); zeros where none are given."""
        want = (len(self._names), x.shape[1], self.hidden_size)
        if given is None:
            return (zeros(*want, dtype=x.dtype),) * self.states  # as wide as the sums will be
        where = f"{type(self).__name__}, argument hx"
        made = tuple(as_tensor(state).unsqueeze(1) if single else as_tensor(state) for state in given)
        if len(made) != self.states or any(state.shape != want for state in made):
            shown = want[::2] if single else want
            got = ", ".join(str(np.shape(state)) for state in given)
            raise ShapeError("sequences.states", where, got=got, count=self.states, want=shown)
        return tuple(cast(state, x.dtype) for state in made)

    def extra_repr(self) -> str:
        """Widths, and every argument that is not its default."""
        words = [f"{self.input_size}, {self.hidden_size}"]
        words += [f"num_layers={self.num_layers}"] if self.num_layers != 1 else []
        words += [] if self.bias else ["bias=False"]
        words += ["batch_first=True"] if self.batch_first else []
        words += [f"dropout={self.dropout}"] if self.dropout else []
        words += ["bidirectional=True"] if self.bidirectional else []
        return ", ".join(words)


class RNN(_Recurrent):
    """The plain recurrent network.

    h_t = tanh(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh)

    All weights and biases are drawn from U(-1/√H, 1/√H), as in PyTorch.

    Args:
        input_size: numbers at each step.
        hidden_size: H, the width of the state.
        num_layers: layers, each reading the states of the one before.
        nonlinearity: `"tanh"` (default) or `"relu"`.
        bias: False leaves both biases out.
        batch_first: True for inputs and outputs (N, L, …); default (L, N, …), as in PyTorch.
        dropout: the probability of leaving a number out between layers, in training mode; nothing with one layer.
        bidirectional: True for a second run from the last step; its states stand after those of the first.

    Raises:
        ArgumentError: for sizes below 1, an unknown nonlinearity.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> output, h = nn.RNN(6, 7, batch_first=True)(cr.zeros(4, 12, 6))
        >>> output.shape, h.shape
        ((4, 12, 7), (1, 4, 7))

    Source:
        J. Elman, Finding structure in time (1990).
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
    ) -> None:
        super().__init__()
        if nonlinearity not in {"tanh", "relu"}:
            known = '"tanh", "relu"'
            raise ArgumentError("layers.choice", "RNN, argument nonlinearity", got=repr(nonlinearity), known=known)
        self.nonlinearity = nonlinearity
        self.kind = f"rnn_{nonlinearity}"
        self._own(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The states after every step, and the last states.

        Args:
            input: (L, N, features), with `batch_first` (N, L, features), or (L, features) without a batch.
            hx: the states to begin with, (layers · directions, N, H); default zeros.

        Returns:
            tuple: (L, N, directions · H) of the last layer, laid out as `input`; (layers · directions, N, H) of all.
        """
        output, ends = self._run(input, None if hx is None else (hx,))
        return output, ends[0]


class GRU(_Recurrent):
    """The gated recurrent unit, with the reset gate after the product ("reset after"), as in PyTorch.

    r, u = σ(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh) for reset and update,
    n = tanh(x_t W_in + b_in + r (h_{t-1} W_hn + b_hn)),  h_t = (1 - u) n + u h_{t-1}

    All weights and biases are drawn from U(-1/√H, 1/√H); their rows stand in the order reset, update, new.

    Args:
        input_size: numbers at each step.
        hidden_size: H, the width of the state.
        num_layers: layers, each reading the states of the one before.
        bias: False leaves both biases out.
        batch_first: True for inputs and outputs (N, L, …); default (L, N, …), as in PyTorch.
        dropout: the probability of leaving a number out between layers, in training mode; nothing with one layer.
        bidirectional: True for a second run from the last step; its states stand after those of the first.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> output, h = nn.GRU(6, 7, batch_first=True)(cr.zeros(4, 12, 6))
        >>> output.shape, h.shape
        ((4, 12, 7), (1, 4, 7))

    Source:
        K. Cho et al., Learning phrase representations using RNN encoder-decoder (2014), section 2.3, where the reset
        gate stands before the product.
    """

    kind = "gru"

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self._own(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The states after every step, and the last states.

        Args:
            input: (L, N, features), with `batch_first` (N, L, features), or (L, features) without a batch.
            hx: the states to begin with, (layers · directions, N, H); default zeros.

        Returns:
            tuple: (L, N, directions · H) of the last layer, laid out as `input`; (layers · directions, N, H) of all.
        """
        output, ends = self._run(input, None if hx is None else (hx,))
        return output, ends[0]


class LSTM(_Recurrent):
    """The long short-term memory.

    i, f, o = σ(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh),  g = tanh(…),  c_t = f c_{t-1} + i g,  h_t = o tanh(c_t)

    All weights and biases are drawn from U(-1/√H, 1/√H); their rows stand in the order input, forget, cell (g), output.

    Args:
        input_size: numbers at each step.
        hidden_size: H, the width of state and cell.
        num_layers: layers, each reading the states of the one before.
        bias: False leaves both biases out.
        batch_first: True for inputs and outputs (N, L, …); default (L, N, …), as in PyTorch.
        dropout: the probability of leaving a number out between layers, in training mode; nothing with one layer.
        bidirectional: True for a second run from the last step; its states stand after those of the first.

    Raises:
        ArgumentError: for sizes below 1.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> output, (h, c) = nn.LSTM(6, 7, batch_first=True)(cr.zeros(4, 12, 6))
        >>> output.shape, h.shape, c.shape
        ((4, 12, 7), (1, 4, 7), (1, 4, 7))

    Source:
        S. Hochreiter, J. Schmidhuber, Long short-term memory (1997); the forget gate: F. Gers et al., Learning to
        forget (2000).
    """

    kind = "lstm"
    states = 2

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self._own(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The states after every step, and the last states and cells.

        Args:
            input: (L, N, features), with `batch_first` (N, L, features), or (L, features) without a batch.
            hx: states and cells to begin with, each (layers · directions, N, H); default zeros.

        Returns:
            tuple: (L, N, directions · H) of the last layer, laid out as `input`; a pair of (layers · directions, N, H).
        """
        output, (h, c) = self._run(input, None if hx is None else tuple(hx))
        return output, (h, c)
