"""What `nn.MLP` may be asked for: activations and initial weights, by name or as they are."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.nn.exponentials import ELU, SELU, Softplus
from chainrule.nn.gates import GELU, Mish, SiLU
from chainrule.nn.init._orthogonal import orthogonal_
from chainrule.nn.init._plain import normal_, zeros_
from chainrule.nn.init._scaled import (
    kaiming_normal_,
    kaiming_uniform_,
    lecun_normal_,
    lecun_uniform_,
    xavier_normal_,
    xavier_uniform_,
)
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import Hardtanh, LeakyReLU, PReLU, ReLU
from chainrule.nn.squashing import LogSoftmax, Sigmoid, Softmax, Softsign, Tanh
from chainrule.tensors.tensor import Tensor

Activation = str | Callable[..., Any] | None
"""A name, a function, a module or its class, or None."""

Init = str | float | Callable[[Tensor], Any] | None
"""A name, the spread of a normal distribution, a function that changes a tensor in place, or None."""

_ACTIVATIONS: dict[str, tuple[type[Module], str]] = {  # what it is, and the weights before it
    "sigmoid": (Sigmoid, "glorot_normal"),
    "tanh": (Tanh, "glorot_normal"),
    "relu": (ReLU, "he_normal"),
    "leaky_relu": (LeakyReLU, "he_normal"),
    "prelu": (PReLU, "he_normal"),
    "elu": (ELU, "he_normal"),
    "selu": (SELU, "lecun_normal"),
    "gelu": (GELU, "he_normal"),
    "silu": (SiLU, "he_normal"),
    "mish": (Mish, "he_normal"),
    "softplus": (Softplus, "he_normal"),
    "hardtanh": (Hardtanh, "glorot_normal"),
    "softsign": (Softsign, "glorot_normal"),
    "softmax": (Softmax, "glorot_normal"),
    "log_softmax": (LogSoftmax, "glorot_normal"),
}

_INITS: dict[str, Callable[[Tensor], Any] | None] = {
    "glorot_normal": xavier_normal_,
    "glorot_uniform": xavier_uniform_,
    "xavier_normal": xavier_normal_,
    "xavier_uniform": xavier_uniform_,
    "he_normal": kaiming_normal_,
    "he_uniform": kaiming_uniform_,
    "kaiming_normal": kaiming_normal_,
    "kaiming_uniform": kaiming_uniform_,
    "lecun_normal": lecun_normal_,
    "lecun_uniform": lecun_uniform_,
    "orthogonal": orthogonal_,
    "standard_normal": normal_,
    "zeros": zeros_,
    "linear": None,  # what the constructor of Linear has drawn
}


class Applied(Module):
    """A function of tensors as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, input: Tensor) -> Any:
        """What the function makes of `input`."""
        return self.function(input)

    def extra_repr(self) -> str:
        """The function's name."""
        return getattr(self.function, "__name__", repr(self.function))


def chosen_activations(
    activation: Activation | Sequence[Activation], output_activation: Activation, sizes: tuple[int, ...]
) -> list[tuple[str | None, Module | None]]:
    """For every layer the name by which its weights are chosen, and the module behind it; each may be None."""
    layers = len(sizes) - 1
    if isinstance(activation, (list, tuple)):
        asked = list(activation)
        whole = len(asked) == layers and output_activation is None
        if not whole and len(asked) != layers - 1:
            raise ArgumentError(
                "layers.mlp_activations", "MLP, argument activation",
                count=len(asked), layers=layers, hidden=layers - 1, sizes=list(sizes),
            )
        asked += [] if whole else [output_activation]
    else:
        asked = [activation] * (layers - 1) + [output_activation]
    held: set[int] = set()
    return [_chosen(one, held, "activation" if i < layers - 1 else "output_activation") for i, one in enumerate(asked)]


def _chosen(asked: Any, held: set[int], argument: str) -> tuple[str | None, Module | None]:
    if asked is None:
        return None, None
    if isinstance(asked, str) and asked in _ACTIVATIONS:
        return asked, _ACTIVATIONS[asked][0]()
    if isinstance(asked, type) and issubclass(asked, Module):
        asked = asked()
    if isinstance(asked, Module):
        if id(asked) in held:  # one module in several places would be one set of weights
            asked = deepcopy(asked)
        held.add(id(asked))
        return next((name for name, (kind, _) in _ACTIVATIONS.items() if type(asked) is kind), None), asked
    if not callable(asked):
        known = ", ".join(_ACTIVATIONS)
        raise ArgumentError("layers.mlp_activation", f"MLP, argument {argument}", got=repr(asked), known=known)
    name = getattr(asked, "__name__", "")
    ours = name in _ACTIVATIONS and str(getattr(asked, "__module__", "")).startswith("chainrule.")
    return (name, _ACTIVATIONS[name][0]()) if ours else (None, Applied(asked))


def starter(init: Init, activation: str | None) -> Callable[[Tensor], Any] | None:
    """What draws the weights before an activation; None to leave them as `Linear` has drawn them."""
    if init is None:
        return _INITS["glorot_normal" if activation is None else _ACTIVATIONS[activation][1]]
    if isinstance(init, str) and init in _INITS:
        return _INITS[init]
    if isinstance(init, (int, float)) and not isinstance(init, bool) and init >= 0:
        spread = float(init)
        return lambda weight: normal_(weight, std=spread)
    if not callable(init):
        raise ArgumentError("layers.mlp_init", "MLP, argument init", got=repr(init), known=", ".join(_INITS))
    return init
