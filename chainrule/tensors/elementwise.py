"""Operators and functions that work element by element."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DtypeError
from chainrule.ops import arithmetic, elementary, logic
from chainrule.ops.program import Primitive
from chainrule.tape.apply import apply
from chainrule.tape.tracked import Tracked
from chainrule.tensors.devices import check_device, is_device
from chainrule.tensors.gate import checked_dtype, entered
from chainrule.tensors.operands import as_operand, binary, cast, comparison, floating, promoted
from chainrule.tensors.stretched import say_if_stretched

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


def _difference(a: Any, b: Any) -> "Tensor":
    made = binary(arithmetic.SUBTRACT, a, b)
    if made.requires_grad and len(made.shape) == 2:
        say_if_stretched(a, b)
    return made


def _unary(primitive: Primitive, x: Any) -> "Tensor":
    return apply(primitive, (floating(x),))


class Elementwise(Tracked):
    """The methods of a tensor that work element by element."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of every axis."""
        if self._array is None and self._recorder is not None:
            return self._recorder.values[self._id].shape
        shape: tuple[int, ...] = () if self._weak else self._array.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the elements."""
        if self._array is None and self._recorder is not None:
            return np.dtype(self._recorder.values[self._id].dtype)
        dtype: np.dtype[Any] = self._array.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    __array_ufunc__ = None  # so that NumPy leaves `array + tensor` to the tensor

    def __add__(self, other: Any) -> "Tensor":
        return binary(arithmetic.ADD, self, other)

    def __radd__(self, other: Any) -> "Tensor":
        return binary(arithmetic.ADD, other, self)

    def __sub__(self, other: Any) -> "Tensor":
        return _difference(self, other)

    def __rsub__(self, other: Any) -> "Tensor":
        return _difference(other, self)

    def __mul__(self, other: Any) -> "Tensor":
        return binary(arithmetic.MULTIPLY, self, other)

    def __rmul__(self, other: Any) -> "Tensor":
        return binary(arithmetic.MULTIPLY, other, self)

    def __truediv__(self, other: Any) -> "Tensor":
        return binary(arithmetic.DIVIDE, self, other, division=True)

    def __rtruediv__(self, other: Any) -> "Tensor":
        return binary(arithmetic.DIVIDE, other, self, division=True)

    def __pow__(self, other: Any) -> "Tensor":
        return binary(arithmetic.POWER, self, other)

    def __rpow__(self, other: Any) -> "Tensor":
        return binary(arithmetic.POWER, other, self)

    def __neg__(self) -> "Tensor":
        if not self._weak and self.dtype.kind == "b":
            raise DtypeError("tensors.mask_arithmetic", "-x", dtype=self.dtype)
        return apply(arithmetic.NEGATIVE, (self,))

    def __pos__(self) -> "Tensor":
        return self  # type: ignore[return-value]  # the concrete class

    def __abs__(self) -> "Tensor":
        return self.abs()

    def __floordiv__(self, other: Any) -> "Tensor":
        quotient = self / other
        whole = as_operand(other, "//")
        by_whole = type(whole) is int or (isinstance(whole, Elementwise) and whole.dtype.kind != "f")
        integers = self.dtype.kind != "f" and by_whole
        return cast(quotient.floor(), np.int64) if integers else quotient.floor()

    def __rfloordiv__(self, other: Any) -> "Tensor":
        quotient = (other / self).floor()
        return cast(quotient, np.int64) if self.dtype.kind != "f" and type(other) is int else quotient

    def __mod__(self, other: Any) -> "Tensor":
        rest: Tensor = self - (self // other) * other
        return rest

    def __eq__(self, other: object) -> Any:
        return comparison(logic.EQUAL, self, other)

    def __ne__(self, other: object) -> Any:
        return comparison(logic.NOT_EQUAL, self, other)

    def __lt__(self, other: Any) -> Any:
        return comparison(logic.LESS, self, other)

    def __le__(self, other: Any) -> Any:
        return comparison(logic.LESS_EQUAL, self, other)

    def __gt__(self, other: Any) -> Any:
        return comparison(logic.GREATER, self, other)

    def __ge__(self, other: Any) -> Any:
        return comparison(logic.GREATER_EQUAL, self, other)

    __hash__ = object.__hash__

    def __and__(self, other: Any) -> "Tensor":
        return binary(logic.LOGICAL_AND, _mask(self, "&"), _mask(other, "&"))

    def __or__(self, other: Any) -> "Tensor":
        return binary(logic.LOGICAL_OR, _mask(self, "|"), _mask(other, "|"))

    def __invert__(self) -> "Tensor":
        return apply(logic.LOGICAL_NOT, (_mask(self, "~"),))

    def __xor__(self, other: Any) -> "Tensor":
        odd: Tensor = _mask(self, "^") != _mask(other, "^")
        return odd

    __rand__ = __and__
    __ror__ = __or__

    def add(self, other: Any, alpha: float = 1) -> "Tensor":
        """`self + alpha * other`."""
        return binary(arithmetic.ADD, self, other if alpha == 1 else other * alpha)

    def sub(self, other: Any, alpha: float = 1) -> "Tensor":
        """`self - alpha * other`."""
        return _difference(self, other if alpha == 1 else other * alpha)

    def mul(self, other: Any) -> "Tensor":
        """`self * other`."""
        return binary(arithmetic.MULTIPLY, self, other)

    def div(self, other: Any) -> "Tensor":
        """`self / other`."""
        return binary(arithmetic.DIVIDE, self, other, division=True)

    def pow(self, exponent: Any) -> "Tensor":
        """`self ** exponent`."""
        return binary(arithmetic.POWER, self, exponent)

    def eq(self, other: Any) -> "Tensor":
        """`self == other`, element by element."""
        found: Tensor = self == other
        return found

    def ne(self, other: Any) -> "Tensor":
        """`self != other`, element by element."""
        found: Tensor = self != other
        return found

    def lt(self, other: Any) -> "Tensor":
        """`self < other`, element by element."""
        found: Tensor = self < other
        return found

    def le(self, other: Any) -> "Tensor":
        """`self <= other`, element by element."""
        found: Tensor = self <= other
        return found

    def gt(self, other: Any) -> "Tensor":
        """`self > other`, element by element."""
        found: Tensor = self > other
        return found

    def ge(self, other: Any) -> "Tensor":
        """`self >= other`, element by element."""
        found: Tensor = self >= other
        return found

    def maximum(self, other: Any) -> "Tensor":
        """The larger of two elements; where they are equal each takes half of the gradient."""
        return binary(arithmetic.MAXIMUM, self, other)

    def minimum(self, other: Any) -> "Tensor":
        """The smaller of two elements; where they are equal each takes half of the gradient."""
        return binary(arithmetic.MINIMUM, self, other)

    def clamp(self, min: Any = None, max: Any = None) -> "Tensor":
        """Elements held between `min` and `max`; outside them the gradient is zero."""
        inside = self._inside(min, max)
        held = self + 0.0 if self.dtype.kind == "f" else self + 0
        if min is not None:
            held = held.maximum(min)
        if max is not None:
            held = held.minimum(max)
        # At a bound itself the gradient passes whole, as in PyTorch; maximum alone would pass half of it.
        return _choose(inside, self, held.detach()) if inside is not None else held

    def _inside(self, low: Any, high: Any) -> "Tensor | None":
        parts = ([self >= low] if low is not None else []) + ([self <= high] if high is not None else [])
        return None if not parts else parts[0] if len(parts) == 1 else parts[0] & parts[1]

    def where(self, condition: "Tensor", other: Any) -> "Tensor":
        """`self` where `condition` holds, elsewhere `other`."""
        return _choose(condition, self, other)

    def masked_fill(self, mask: "Tensor", value: float) -> "Tensor":
        """`value` where `mask` holds, elsewhere the element itself."""
        return _choose(mask, value, self)

    def exp(self) -> "Tensor":
        """e to the power of each element."""
        return _unary(elementary.EXP, self)

    def expm1(self) -> "Tensor":
        """exp(x) - 1, exact for small x."""
        return _unary(elementary.EXPM1, self)

    def log(self) -> "Tensor":
        """The natural logarithm."""
        return _unary(elementary.LOG, self)

    def log1p(self) -> "Tensor":
        """ln(1 + x), exact for small x."""
        return _unary(elementary.LOG1P, self)

    def log2(self) -> "Tensor":
        """The logarithm to base 2."""
        return self.log() / 0.6931471805599453

    def log10(self) -> "Tensor":
        """The logarithm to base 10."""
        return self.log() / 2.302585092994046

    def sqrt(self) -> "Tensor":
        """The square root."""
        return _unary(elementary.SQRT, self)

    def rsqrt(self) -> "Tensor":
        """One over the square root."""
        return 1.0 / self.sqrt()

    def square(self) -> "Tensor":
        """x times x."""
        return self * self

    def reciprocal(self) -> "Tensor":
        """1 / x."""
        return 1.0 / self

    def sin(self) -> "Tensor":
        """The sine, of radians."""
        return _unary(elementary.SIN, self)

    def cos(self) -> "Tensor":
        """The cosine, of radians."""
        return _unary(elementary.COS, self)

    def tanh(self) -> "Tensor":
        """The hyperbolic tangent, between -1 and 1."""
        return _unary(elementary.TANH, self)

    def sigmoid(self) -> "Tensor":
        """1 / (1 + e^-x), between 0 and 1, without overflow."""
        return _unary(elementary.SIGMOID, self)

    def erf(self) -> "Tensor":
        """The error function."""
        return _unary(elementary.ERF, self)

    def abs(self) -> "Tensor":
        """The absolute value; its gradient at 0 is 0."""
        return apply(elementary.ABSOLUTE, (self,))

    def sign(self) -> "Tensor":
        """-1, 0 or 1."""
        return apply(elementary.SIGN, (self,))

    def floor(self) -> "Tensor":
        """The largest whole number that is not larger."""
        return _unary(elementary.FLOOR, self)

    def ceil(self) -> "Tensor":
        """The smallest whole number that is not smaller."""
        return -(-self).floor()

    def round(self) -> "Tensor":
        """The nearest whole number; halves go to the even one."""
        return _unary(elementary.ROUND, self)

    def isnan(self) -> "Tensor":
        """Where an element is not a number."""
        return apply(logic.ISNAN, (floating(self),))  # type: ignore[arg-type]  # the concrete class

    def isfinite(self) -> "Tensor":
        """Where an element is neither infinite nor NaN."""
        return apply(logic.ISFINITE, (floating(self),))  # type: ignore[arg-type]

    def isinf(self) -> "Tensor":
        """Where an element is infinite."""
        return ~(self.isfinite() | self.isnan())

    def logical_not(self) -> "Tensor":
        """Where an element is zero or False."""
        return self == 0 if self.dtype.kind != "b" else ~self

    def detach(self) -> "Tensor":
        """The same numbers, in the same memory, without their history."""
        made: Tensor = object.__new__(Tracked.kind)
        made._array, made._storage = self._array, self.shared_storage()
        made._id, made._recorder, made._weak = self._id, self._recorder, self._weak
        return made

    def to(
        self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False
    ) -> "Tensor":
        """The tensor in the dtype, or the dtype of the tensor, among `args`.

        A `device` may be named, in `args` too, and must be the CPU; `non_blocking` means nothing then. With `copy` the
        result has memory of its own.
        """
        check_device(device, "to")
        for arg in args:
            if isinstance(arg, Elementwise):
                dtype = arg.dtype
            elif is_device(arg):
                check_device(arg, "to")
            elif type(arg) is not bool:  # non_blocking
                dtype = arg
        if copy:
            return self.clone().to(dtype=dtype)  # type: ignore[attr-defined, no-any-return]  # the concrete class has it
        return self if dtype is None else cast(self, checked_dtype(dtype, "to"))  # type: ignore[return-value, arg-type]


def _mask(x: Any, sign: str) -> Any:
    x = as_operand(x, sign)
    if isinstance(x, Elementwise) and x.dtype.kind != "b":
        raise DtypeError("tensors.mask", f"x {sign} y", dtype=x.dtype)
    return x


def _choose(condition: Any, a: Any, b: Any) -> "Tensor":
    condition = as_operand(condition, "where")
    a, b = as_operand(a, "where"), as_operand(b, "where")
    if isinstance(condition, Elementwise) and condition.dtype.kind != "b":
        condition = condition != 0
    if isinstance(a, Elementwise) and isinstance(b, Elementwise) and not a._weak and not b._weak:
        kind = promoted(a, b)  # type: ignore[arg-type]
        a, b = cast(a, kind), cast(b, kind)  # type: ignore[arg-type]
    elif not isinstance(a, Elementwise) and not isinstance(b, Elementwise):
        return _choose(condition, entered(a, None, "where"), entered(b, None, "where"))
    else:
        array, number = (a, b) if isinstance(a, Elementwise) else (b, a)
        if type(number) is float and not array._weak:
            array = floating(array)  # type: ignore[arg-type]  # the concrete class
            a, b = (array, b) if isinstance(a, Elementwise) else (a, array)
    return apply(arithmetic.WHERE, (condition, a, b))


choose = _choose
