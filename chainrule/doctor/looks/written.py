"""Activations that a forward writes as functions, `x.relu()`, found on the way back from the loss."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.exponentials import ELU, SELU, Softplus
from chainrule.nn.gates import GELU, Mish, SiLU
from chainrule.nn.module import Module
from chainrule.nn.rectifiers import LeakyReLU, ReLU
from chainrule.nn.squashing import Hardsigmoid, Sigmoid, Softsign, Tanh
from chainrule.tape.tracked import Node, Tracked
from chainrule.tensors.tensor import Tensor
from chainrule.train.guard.scene import VIEWS, Way

MODULES: Mapping[str, type[Module]] = {
    "relu": ReLU, "leaky_relu": LeakyReLU, "elu": ELU, "selu": SELU, "softplus": Softplus, "gelu": GELU, "silu": SiLU,
    "mish": Mish, "sigmoid": Sigmoid, "tanh": Tanh, "softsign": Softsign, "hardsigmoid": Hardsigmoid,
}
PASSED = (*VIEWS, "batch_norm", "batch_norm_eval", "layer_norm", "dropout")  # between a layer and its activation
Bend = tuple[Module, NDArray[Any]]


def written(loss: Tensor, layers: set[int]) -> dict[int, Bend]:
    """Behind each of these nodes, by its identity: the module that does the same, and what the activation gave.

    What is read more than once, as a gate that is written out, is left out.
    """
    nodes = Way(loss._node).nodes
    readers = Counter(id(part._node) for node in nodes for part in node.inputs or () if isinstance(part, Tracked))
    found: dict[int, Bend] = {}
    for node in nodes:
        kind = MODULES.get(str(node.operation.name))
        before = None if kind is None else _behind(node, readers)
        if kind is not None and before is not None and id(before) in layers:
            found[id(before)] = kind(), np.asarray(node.outs[0])
    return found


def _behind(node: Node, readers: Counter[int]) -> Node | None:
    """What gives the numbers that an activation bends, norms and views aside; None where others read it as well."""
    while True:
        first = node.inputs[0] if node.inputs else None
        before = first._node if isinstance(first, Tracked) else None
        if before is None or readers[id(before)] > 1:
            return None
        if before.operation.name not in PASSED:
            return before
        node = before
