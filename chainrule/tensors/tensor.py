"""The Tensor: an array that remembers where it came from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError, CaptureError, GradientError, ShapeError, warn
from chainrule.lazy import borrowed
from chainrule.ops.layout import array_order
from chainrule.ops.shape import FULL
from chainrule.tape.apply import apply
from chainrule.tape.backward import gradients
from chainrule.tape.handle import Handle
from chainrule.tape.mode import mode
from chainrule.tape.tracked import Tracked, wrap
from chainrule.tensors.devices import device
from chainrule.tensors.gate import checked_dtype, entered
from chainrule.tensors.writing import Writing

_FUNCTIONS = "chainrule.nn.functional"
_RANDOM = "chainrule.tensors.random"
_CPU = device("cpu")


class Tensor(Writing, final=True):
    """An array of numbers that remembers how it was computed, so that `backward()` can go the same way back.

    Methods share their arguments: `dim` (and `dim0`, `dim1`) is an axis, counted from 0 or back from -1, or for sums
    several; None means all. `keepdim` keeps a reduced axis with size 1. `other` is a tensor, array or number that
    stretches to this shape. `sizes` is a shape, as numbers or one tuple. `repeats` counts copies. `unbiased` divides a
    variance by n - 1, `correction` by n - correction. `descending` begins with the largest. `kernel`, `stride` and
    `dilation` are pairs (height, width). `items` and `arrays` are an index in its two parts, see `ops.index`.

    Args:
        data: numbers, lists of numbers, a NumPy array or a tensor; copied, and made float (`cr.tensor` keeps types).
            Or the sizes of a shape, `Tensor(3, 4)`, to be filled; here with zeros.

    Example:
        >>> import chainrule as cr
        >>> x = cr.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """

    def __init__(self, *data: Any) -> None:
        if len(data) > 1 or (len(data) == 1 and type(data[0]) is int):  # sizes: Tensor(3, 4)
            self._array = np.zeros(data, default_dtype())
        else:
            self._array = entered(data[0] if data else (), default_dtype(), "Tensor, argument data")._array

    # --- numbers ------------------------------------------------------------------------------------------------

    def _numbers(self, where: str) -> Any:
        recorder = mode.recorder
        if self._array is None:
            raise CaptureError("tensors.value_recorded", where)
        if recorder is not None and not recorder.watched and (recorder.concrete or self._recorder is recorder):
            recorder.give_up("tensors.value_recorded", where)
        if mode.unread is not None:
            _say_unread()
        return self._array

    def numpy(self) -> npt.NDArray[Any]:
        """The numbers as a NumPy array: a view that cannot be written to."""
        view = np.asarray(self._numbers("numpy()")).view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def item(self) -> Any:
        """The one number of a tensor that has one, as a Python number; several are refused."""
        array = np.asarray(self._numbers("item()"))
        if array.size != 1:
            raise ShapeError("tensors.item", "item()", shape=array.shape)
        return array.item()

    def tolist(self) -> Any:
        """The numbers as nested Python lists."""
        return np.asarray(self._numbers("tolist()")).tolist()

    def __bool__(self) -> bool:
        array = np.asarray(self._numbers("bool(x)"))
        if array.size != 1:
            raise ShapeError("tensors.item", "bool(x)", shape=array.shape)
        return bool(array.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError(f"a {self.dtype} tensor is not an index")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self.ndim or (spec and self.numel() == 1) else str(self)

    def float(self) -> "Tensor":
        """In float32."""
        return self.to(np.float32)

    def double(self) -> "Tensor":
        """In float64."""
        return self.to(np.float64)

    def long(self) -> "Tensor":
        """In int64."""
        return self.to(np.int64)

    def int(self) -> "Tensor":
        """In int32."""
        return self.to(np.int32)

    def bool(self) -> "Tensor":
        """As a mask: True where not zero."""
        return self if self.dtype.kind == "b" else self != 0

    def type_as(self, other: "Tensor") -> "Tensor":
        """In the dtype of another tensor."""
        return self.to(other.dtype)

    def astype(self, dtype: Any) -> "Tensor":
        """In another dtype, under NumPy's name."""
        return self.to(checked_dtype(dtype, "astype"))

    def type(self, dtype: Any = None) -> Any:
        """In another `dtype`, also under PyTorch's old names such as `cr.LongTensor`; without one, the dtype's name."""
        if dtype is None:
            return self.dtype.name
        old = {"FloatTensor": np.float32, "LongTensor": np.int64}.get(getattr(dtype, "__name__", ""))
        return self.to(old if old is not None else dtype)

    def cpu(self) -> "Tensor":
        """Itself: there is one device."""
        return self

    def cuda(self, device: Any = "cuda") -> "Tensor":
        """Refused: there is no graphics `device`; `x.to(device)` with `cr.device("cpu")` always works."""
        raise ArgumentError("tensors.device", "cuda", got=repr(device))

    @property
    def device(self) -> device:
        """Where the numbers are: always the CPU."""
        return _CPU

    @property
    def is_cuda(self) -> Any:
        """Whether the numbers are on a graphics processor: never."""
        return False

    # --- random numbers in place ------------------------------------------------------------------------------------

    def normal_(self, mean: Any = 0.0, std: Any = 1.0, generator: Any = None) -> "Tensor":
        """Become normal numbers around `mean` with standard deviation `std`, from `generator` or the default stream."""
        drawn = borrowed(_RANDOM, "randn_like")(self, generator)
        return self._overwrite(drawn * std + mean, "normal_")

    def uniform_(self, a: Any = 0.0, b: Any = 1.0, generator: Any = None) -> "Tensor":
        """Become uniform numbers from `a` up to `b`, from `generator` or the default stream."""
        drawn = borrowed(_RANDOM, "rand_like")(self, generator)
        return self._overwrite(drawn * (b - a) + a, "uniform_")

    def bernoulli(self, generator: Any = None) -> "Tensor":
        """1 with the probability that each element gives, else 0; from `generator` or the default stream."""
        drawn = borrowed(_RANDOM, "rand_like")(self.detach(), generator)
        return (drawn < self.detach()).to(self.dtype)  # type: ignore[no-any-return]  # a tensor

    def multinomial(self, num_samples: Any, replacement: Any = False, generator: Any = None) -> "Tensor":
        """`num_samples` class numbers a row, drawn by its weights; without `replacement` each at most once.

        From `generator`, or the default stream.
        """
        return borrowed(_RANDOM, "multinomial")(self, num_samples, replacement, generator)  # type: ignore[no-any-return]

    # --- functions of networks that PyTorch's tensors have themselves; they live in `nn.functional` ----------------

    def relu(self) -> "Tensor":
        """max(x, 0); its slope at 0 is 0."""
        return borrowed(_FUNCTIONS, "relu")(self)  # type: ignore[no-any-return]  # a function of tensors

    def softmax(self, dim: Any = -1) -> "Tensor":
        """Shares e^x / Σ e^x, which sum to 1 along `dim`."""
        return borrowed(_FUNCTIONS, "softmax")(self, dim)  # type: ignore[no-any-return]

    def log_softmax(self, dim: Any = -1) -> "Tensor":
        """The logarithm of softmax along `dim`, exact where softmax itself has become 0."""
        return borrowed(_FUNCTIONS, "log_softmax")(self, dim)  # type: ignore[no-any-return]

    # --- gradients ----------------------------------------------------------------------------------------------

    @property
    def is_leaf(self) -> Any:
        """Whether no recorded operation made it."""
        return self._node is None

    @property
    def grad_fn(self) -> str | None:
        """The name of the recorded operation that made it."""
        return None if self._node is None else str(self._node.operation.name)

    @property
    def data(self) -> "Tensor":
        """The same numbers without history; writing to it writes to this tensor."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        new = value if isinstance(value, Tensor) else entered(value, self.dtype, "data")
        before, mode.grad = mode.grad, False
        try:
            if new.shape == self.shape:
                self._overwrite(new, "data")
            else:
                self._array = np.array(new._array, dtype=self.dtype)
        finally:
            mode.grad = before

    def backward(
        self, gradient: Any = None, retain_graph: Any = False, create_graph: Any = False
    ) -> None:
        """Add the gradient of this tensor, for every leaf that wants one, to the leaf's `grad`.

        Args:
            gradient: the gradient that arrives here; 1 for a single number, required for anything else.
            retain_graph: keep what was recorded, for another `backward()`.
            create_graph: record the backward pass too, for gradients of gradients.

        Raises:
            GradientError: nothing was recorded, the graph was used up, or an array it needs was changed.
        """
        mode.unread = None
        mode.walks += 1
        d = _seed(self, gradient)
        # A sum hands one array to both of its terms; each leaf needs its own, or x.grad.mul_ changes two.
        owners = {id(_owner(d._array))}
        for leaf, slope in gradients([self], [d], None, create_graph, retain_graph):
            held = leaf.grad
            if held is not None:
                leaf.grad = held + slope
                if held._use and _stale(held):
                    leaf.grad._use = 2
                continue
            if slope._node is None and slope._recorder is None:
                owner = id(_owner(slope._array))
                if owner in owners:
                    slope._array = np.array(slope._array, order="K")
                owners.add(owner)
            leaf.grad = slope

    def register_hook(self, hook: Callable[["Tensor"], "Tensor | None"]) -> Handle:
        """Call `hook(gradient)` whenever the gradient of this tensor is known; what it returns replaces it.

        Refused for a tensor that wants no gradient.

        Returns:
            Handle: `remove()` takes the hook away again.
        """
        if not self.requires_grad:
            raise GradientError("tensors.hook", "register_hook")
        if self._node is None:
            self._hooks = self._hooks if self._hooks is not None else []
            hooks = self._hooks
        else:
            self._node.hooks = self._node.hooks if self._node.hooks is not None else {}
            hooks = self._node.hooks.setdefault(self._out, [])
        return Handle(hooks, hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor in `grad`, though it is no leaf."""
        if self._node is not None:
            self.register_hook(self._keep_grad)

    def _keep_grad(self, d: "Tensor") -> None:
        self.grad = d if self.grad is None else self.grad + d

    def __deepcopy__(self, memo: dict[Any, Any]) -> "Tensor":
        if self._node is not None:
            raise GradientError("tensors.deepcopy", "deepcopy")
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made._array = np.array(self._array, order="K")
        made.requires_grad, made._role = self.requires_grad, self._role
        made.grad = None if self.grad is None else wrap(np.array(self.grad._array, order="K"))
        return made

    def __reduce__(self) -> Any:
        array = self.numpy()
        order = array_order(array)  # pickled arrays are C-ordered, or sums would differ afterwards
        dense = np.array(array.transpose(order), order="C")
        return _restore, (type(self), dense, order, self.requires_grad, self._role)

    # --- words --------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        if self._array is None or self._weak:
            return f"tensor(<traced>, shape={self.shape})"
        if mode.recorder is not None and mode.recorder.lenient:
            mode.recorder.give_up("tensors.value_recorded", "repr(x)")
        if mode.unread is not None:
            _say_unread()
        array = np.asarray(self._array)
        text = np.array2string(
            array, separator=", ", prefix="tensor(", suppress_small=True, precision=4, threshold=1000
        )
        notes = "" if array.dtype in (default_dtype(), np.int64, np.bool_) else f", dtype={array.dtype}"
        notes += f", shape={array.shape}" if array.size == 0 else ""
        if self._node is not None:
            notes += f", grad_fn=<{self.grad_fn}>"
        elif self.requires_grad:
            notes += ", requires_grad=True"
        return f"tensor({text}{notes})"


def _owner(array: Any) -> Any:
    return array if array.base is None else array.base


def _restore(
    kind: type[Tensor], array: npt.NDArray[Any], order: tuple[int, ...], requires_grad: bool, role: str | None
) -> Tensor:
    made = kind.__new__(kind)
    made._array = array.transpose([order.index(axis) for axis in range(array.ndim)])
    made.requires_grad, made._role = requires_grad, role
    return made


def _seed(output: Tensor, gradient: Any) -> Tensor:
    """The gradient that a backward pass begins with."""
    if not output.requires_grad:
        raise GradientError("tensors.no_history", "backward()")
    if gradient is None:
        if output.numel() != 1:
            raise GradientError("tensors.not_scalar", "backward()", shape=output.shape)
        if mode.recorder is None:
            return wrap(np.ones(output.shape, output.dtype))
        return apply(FULL, (), (("shape", output.shape), ("fill", 1.0), ("dtype", output.dtype.name)))
    made = gradient if isinstance(gradient, Tracked) else wrap(np.asarray(gradient, dtype=output.dtype))
    if made.shape != output.shape:  # type: ignore[attr-defined]  # the concrete class
        raise ShapeError("tensors.seed_shape", "backward(gradient)", got=made.shape, want=output.shape)  # type: ignore[attr-defined]
    return made.to(output.dtype)  # type: ignore[attr-defined, no-any-return]


seed_gradient = _seed


def _say_unread() -> None:
    said, mode.unread = mode.unread, None
    assert said is not None
    warn(said)


def _stale(gradient: Tensor) -> bool:
    """Whether a step has used this gradient, and nobody has cleared it since: written to in place, it is 0 or new."""
    storage = gradient._storage
    return gradient._use == 2 or ((storage is None or not storage.written) and bool(gradient._array.any()))
