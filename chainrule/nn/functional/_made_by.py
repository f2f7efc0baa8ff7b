"""Which activation made some numbers: by its name, or written out by hand."""

from typing import Any

from chainrule.tape.tracked import Node, Tracked
from chainrule.tensors.tensor import Tensor

_VIEWS = ("reshape", "slice", "permute", "expand")


def maker(x: Tensor) -> str:
    """The name of the operation that made these numbers, views aside; empty for a leaf."""
    node = _behind_views(x)
    return "" if node is None else activation(node)


def activation(node: Node) -> str:
    """The name of an operation; "sigmoid" or "softmax" where it ends 1 / (1 + e^-z) or e^z / Σ e^z written out."""
    name = str(node.operation.name)
    if name != "divide" or not node.inputs:
        return name
    above, below = node.inputs
    under = _behind_views(below)
    if under is None or not under.inputs:
        return name
    if under.operation.name == "sum" and _is_exp(above) and _is_exp(under.inputs[0]):
        return "softmax"
    if under.operation.name == "add" and any(map(_is_exp, under.inputs)) and any(map(_is_one, under.inputs)):
        return "sigmoid" if _is_one(above) or _is_exp(above) else name
    return name


def _behind_views(x: Any) -> Node | None:
    """The operation behind these numbers, whatever views have been taken of them."""
    node = x._node if isinstance(x, Tracked) else None
    while node is not None and node.operation.name in _VIEWS and node.inputs and node.inputs[0]._node is not None:
        node = node.inputs[0]._node
    return node


def _is_exp(x: Any) -> bool:
    node = _behind_views(x)
    return node is not None and node.operation.name == "exp"


def _is_one(x: Any) -> bool:
    return not isinstance(x, Tracked) and x == 1
