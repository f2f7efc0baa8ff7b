"""The methods of a tensor as functions: `cr.exp(x)` for `x.exp()`, under the names of NumPy and PyTorch."""

from typing import Any

from chainrule.ops import arithmetic
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.operands import binary
from chainrule.tensors.tensor import Tensor

_UNARY = {
    "exp": ("e to the power of each element.", "0.0", "1."),
    "expm1": ("exp(x) - 1, exact for small x.", "0.0", "0."),
    "log": ("The natural logarithm of each element.", "1.0", "0."),
    "log1p": ("ln(1 + x), exact for small x.", "0.0", "0."),
    "log2": ("The logarithm to base 2.", "8.0", "3."),
    "log10": ("The logarithm to base 10.", "1.0", "0."),
    "sqrt": ("The square root of each element.", "4.0", "2."),
    "rsqrt": ("One over the square root.", "4.0", "0.5"),
    "square": ("x times x.", "3.0", "9."),
    "reciprocal": ("1 / x.", "2.0", "0.5"),
    "sin": ("The sine, of radians.", "0.0", "0."),
    "cos": ("The cosine, of radians.", "0.0", "1."),
    "tanh": ("The hyperbolic tangent, between -1 and 1.", "0.0", "0."),
    "sigmoid": ("1 / (1 + e^-x), between 0 and 1, without overflow.", "0.0", "0.5"),
    "erf": ("The error function.", "0.0", "0."),
    "abs": ("The absolute value; its gradient at 0 is 0.", "-1.0", "1."),
    "sign": ("-1, 0 or 1.", "-3.0", "-1."),
    "floor": ("The largest whole number that is not larger.", "1.5", "1."),
    "ceil": ("The smallest whole number that is not smaller.", "1.5", "2."),
    "round": ("The nearest whole number; halves go to the even one.", "2.5", "2."),
    "isnan": ("Where an element is not a number.", "0.0", "False"),
    "isfinite": ("Where an element is neither infinite nor NaN.", "0.0", " True"),
    "isinf": ("Where an element is infinite.", "0.0", "False"),
}


def _function(name: str, words: str, given: str, shown: str) -> Any:
    def function(input: Any) -> Tensor:
        return getattr(as_tensor(input), name)()  # type: ignore[no-any-return]  # a method of Tensor

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{words}

    Args:
        input: a tensor, or what `tensor` takes.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.{name}(cr.tensor([{given}]))
        tensor([{shown}])
    """
    return function


exp = _function("exp", *_UNARY["exp"])
expm1 = _function("expm1", *_UNARY["expm1"])
log = _function("log", *_UNARY["log"])
log1p = _function("log1p", *_UNARY["log1p"])
log2 = _function("log2", *_UNARY["log2"])
log10 = _function("log10", *_UNARY["log10"])
sqrt = _function("sqrt", *_UNARY["sqrt"])
rsqrt = _function("rsqrt", *_UNARY["rsqrt"])
square = _function("square", *_UNARY["square"])
reciprocal = _function("reciprocal", *_UNARY["reciprocal"])
sin = _function("sin", *_UNARY["sin"])
cos = _function("cos", *_UNARY["cos"])
tanh = _function("tanh", *_UNARY["tanh"])
sigmoid = _function("sigmoid", *_UNARY["sigmoid"])
erf = _function("erf", *_UNARY["erf"])
abs = _function("abs", *_UNARY["abs"])
sign = _function("sign", *_UNARY["sign"])
floor = _function("floor", *_UNARY["floor"])
ceil = _function("ceil", *_UNARY["ceil"])
round = _function("round", *_UNARY["round"])
isnan = _function("isnan", *_UNARY["isnan"])
isfinite = _function("isfinite", *_UNARY["isfinite"])
isinf = _function("isinf", *_UNARY["isinf"])


def maximum(input: Any, other: Any) -> Tensor:
    """The larger of two elements; where they are equal each takes half of the gradient.

    Args:
        input: tensor or number.
        other: tensor or number; one of the two is a tensor.

    Returns:
        Tensor: of the common shape.

    Example:
        >>> import chainrule as cr
        >>> cr.maximum(cr.tensor([1.0, 5.0]), cr.tensor([2.0, 3.0]))
        tensor([2., 5.])
    """
    return binary(arithmetic.MAXIMUM, input, other)


def minimum(input: Any, other: Any) -> Tensor:
    """The smaller of two elements; where they are equal each takes half of the gradient.

    Args:
        input: tensor or number.
        other: tensor or number; one of the two is a tensor.

    Returns:
        Tensor: of the common shape.

    Example:
        >>> import chainrule as cr
        >>> cr.minimum(cr.tensor([1.0, 5.0]), cr.tensor([2.0, 3.0]))
        tensor([1., 3.])
    """
    return binary(arithmetic.MINIMUM, input, other)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Elements held between `min` and `max`; outside them the gradient is zero.

    Args:
        input: a tensor.
        min: the lower bound, or None.
        max: the upper bound, or None.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.clamp(cr.tensor([-2.0, 0.5]), min=0.0)
        tensor([0. , 0.5])
    """
    return input.clamp(min, max)
