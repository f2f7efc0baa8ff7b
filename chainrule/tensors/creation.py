"""Tensors from numbers: the one gate through which every array enters."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.config import default_dtype
from chainrule.ops import shape as shapes
from chainrule.tape.apply import apply
from chainrule.tensors.devices import check_device
from chainrule.tensors.gate import checked_array, checked_dtype, entered
from chainrule.tensors.tensor import Tensor


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A tensor with a copy of `data`.

    Args:
        data: numbers, nested lists, a NumPy array of any layout, or a tensor. Left as it is.
        dtype: of the result. Default: float64 and Python floats become the default dtype (float32), float16 too;
            float32, integers and booleans keep theirs.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `data`.

    Raises:
        DtypeError: for words, objects, complex numbers.
        DataError: for lists of unequal lengths, or missing cells.

    Example:
        >>> import chainrule as cr
        >>> cr.tensor([[1.0, 2.0], [3.0, 4.0]])
        tensor([[1., 2.],
                [3., 4.]])
    """
    check_device(device, "tensor")
    made = entered(data, dtype, "tensor")
    return made.requires_grad_() if requires_grad else made


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor as it is, anything else as `tensor` makes it.

    Args:
        data: what `tensor` takes.
        dtype: of the result; default as in `tensor`.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `data`.

    Example:
        >>> import chainrule as cr
        >>> cr.as_tensor([1, 2])
        tensor([1, 2])
    """
    check_device(device, "as_tensor")
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype)


def from_numpy(array: Any) -> Tensor:
    """A tensor with a copy of a NumPy array, of exactly its dtype.

    PyTorch shares the memory here; a copy cannot be changed behind the back of a recorded gradient.

    Args:
        array: a NumPy array.

    Returns:
        Tensor: of the array's shape and dtype.

    Example:
        >>> import numpy as np, chainrule as cr
        >>> cr.from_numpy(np.zeros(2)).dtype
        dtype('float64')
    """
    found = checked_array(array, "from_numpy")
    return tensor(found, dtype=found.dtype.newbyteorder("="))


def FloatTensor(*data: Any) -> Tensor:  # noqa: N802 - PyTorch's name
    """A float32 tensor with a copy of `data`, under PyTorch's old name.

    Args:
        data: what `tensor` takes; or the sizes of a shape, to be filled, here with zeros.

    Returns:
        Tensor: float32, of the shape of `data`.

    Example:
        >>> import chainrule as cr
        >>> cr.FloatTensor([0, 1])
        tensor([0., 1.])
    """
    return _named(data, np.float32)


def LongTensor(*data: Any) -> Tensor:  # noqa: N802 - PyTorch's name
    """An int64 tensor with a copy of `data`, under PyTorch's old name.

    Args:
        data: what `tensor` takes; or the sizes of a shape, to be filled, here with zeros.

    Returns:
        Tensor: int64, of the shape of `data`.

    Example:
        >>> import chainrule as cr
        >>> cr.LongTensor([0, 1])
        tensor([0, 1])
    """
    return _named(data, np.int64)


def Size(sizes: Sequence[int] = ()) -> tuple[int, ...]:  # noqa: N802 - PyTorch's name
    """A shape, which is a tuple here: `x.shape == cr.Size([2, 3])`.

    Args:
        sizes: of the axes.

    Returns:
        tuple: the sizes.

    Example:
        >>> import chainrule as cr
        >>> cr.zeros(2, 3).shape == cr.Size([2, 3])
        True
    """
    return tuple(sizes)


def _named(data: tuple[Any, ...], dtype: Any) -> Tensor:
    if len(data) > 1 or (len(data) == 1 and type(data[0]) is int):
        return zeros(*data, dtype=dtype)
    return tensor(data[0] if data else (), dtype=dtype)


def _shape(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple(int(size) for size in sizes)


def _filled(shape: tuple[int, ...], fill: Any, dtype: Any, requires_grad: bool, where: str) -> Tensor:
    kind = default_dtype() if dtype is None else checked_dtype(dtype, where)
    value = bool(fill) if kind.kind == "b" else int(fill) if kind.kind in "iu" else float(fill)
    made = apply(shapes.FULL, (), (("shape", shape), ("fill", value), ("dtype", kind.name)))
    return made.requires_grad_() if requires_grad else made


def zeros(*sizes: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A tensor of zeros.

    Args:
        sizes: the shape, as numbers or as one tuple.
        dtype: default float32.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.zeros(2, 2)
        tensor([[0., 0.],
                [0., 0.]])
    """
    check_device(device, "zeros")
    return _filled(_shape(sizes), 0, dtype, requires_grad, "zeros")


def ones(*sizes: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A tensor of ones.

    Args:
        sizes: the shape, as numbers or as one tuple.
        dtype: default float32.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.ones(3)
        tensor([1., 1., 1.])
    """
    check_device(device, "ones")
    return _filled(_shape(sizes), 1, dtype, requires_grad, "ones")


def full(
    size: Sequence[int], fill_value: float, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor that holds one number everywhere.

    Args:
        size: the shape.
        fill_value: the number.
        dtype: default float32 for a float, int64 for an integer, bool for a boolean.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.full((2,), 7)
        tensor([7, 7])
    """
    check_device(device, "full")
    if dtype is None:
        dtype = np.bool_ if isinstance(fill_value, bool) else np.int64 if isinstance(fill_value, int) else None
    return _filled(tuple(size), fill_value, dtype, requires_grad, "full")


def zeros_like(input: Tensor, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Zeros of the shape and dtype of another tensor.

    Args:
        input: the tensor whose shape is taken.
        dtype: default that of `input`.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.zeros_like(cr.tensor([1, 2]))
        tensor([0, 0])
    """
    check_device(device, "zeros_like")
    return _filled(input.shape, 0, dtype or input.dtype, requires_grad, "zeros_like")


def ones_like(input: Tensor, dtype: Any = None, requires_grad: bool = False, device: Any = None) -> Tensor:
    """Ones of the shape and dtype of another tensor.

    Args:
        input: the tensor whose shape is taken.
        dtype: default that of `input`.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.ones_like(cr.tensor([1, 2]))
        tensor([1, 1])
    """
    check_device(device, "ones_like")
    return _filled(input.shape, 1, dtype or input.dtype, requires_grad, "ones_like")


def full_like(input: Tensor, fill_value: float, dtype: Any = None, device: Any = None) -> Tensor:
    """One number everywhere, in the shape and dtype of another tensor.

    Args:
        input: the tensor whose shape is taken.
        fill_value: the number.
        dtype: default that of `input`.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.full_like(cr.tensor([1, 2]), 5)
        tensor([5, 5])
    """
    check_device(device, "full_like")
    return _filled(input.shape, fill_value, dtype or input.dtype, False, "full_like")


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None, device: Any = None) -> Tensor:
    """Numbers from `start` (0 if only one is given) up to, but without, `stop`.

    Args:
        start: the first number; with one argument alone, the end.
        stop: the end, not included.
        step: the distance between neighbours.
        dtype: default int64 for integers, else float32.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: (ceil((stop - start) / step),).

    Example:
        >>> import chainrule as cr
        >>> cr.arange(3)
        tensor([0, 1, 2])
    """
    check_device(device, "arange")
    if stop is None:
        start, stop = 0, start
    if dtype is None and all(isinstance(x, (int, np.integer)) for x in (start, stop, step)):
        static = (("start", int(start)), ("stop", int(stop)), ("step", int(step)), ("dtype", "int64"))
        return apply(shapes.ARANGE, (), static)
    return tensor(np.arange(start, stop, step, dtype=np.float64), dtype=dtype or default_dtype())


def linspace(
    start: float, end: float, steps: int, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Evenly spaced numbers, both ends included.

    Args:
        start: the first number.
        end: the last number.
        steps: how many.
        dtype: default float32.
        requires_grad: whether `backward()` shall give it a gradient.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: (steps,).

    Example:
        >>> import chainrule as cr
        >>> cr.linspace(0, 1, 3)
        tensor([0. , 0.5, 1. ])
    """
    check_device(device, "linspace")
    return tensor(np.linspace(start, end, steps), dtype, requires_grad)


def eye(n: int, m: int | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """Ones on the diagonal, zeros elsewhere.

    Args:
        n: rows.
        m: columns; default n.
        dtype: default float32.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: (n, m).

    Example:
        >>> import chainrule as cr
        >>> cr.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    check_device(device, "eye")
    return tensor(np.eye(n, m), dtype=dtype)


def empty(*sizes: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor to be filled; here it holds zeros, so that nothing depends on what memory held before.

    Args:
        sizes: the shape, as numbers or as one tuple.
        dtype: default float32.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the given shape.

    Example:
        >>> import chainrule as cr
        >>> cr.empty(2).shape
        (2,)
    """
    check_device(device, "empty")
    return zeros(*sizes, dtype=dtype)


def empty_like(input: Tensor, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor to be filled, in the shape and dtype of another; holds zeros, as `empty` does.

    Args:
        input: the tensor whose shape is taken.
        dtype: default that of `input`.
        device: the CPU, where every tensor is.

    Returns:
        Tensor: of the shape of `input`.

    Example:
        >>> import chainrule as cr
        >>> cr.empty_like(cr.tensor([1, 2])).dtype
        dtype('int64')
    """
    return zeros_like(input, dtype, device=device)


def is_tensor(obj: Any) -> bool:
    """Whether something is a tensor.

    Args:
        obj: anything.

    Returns:
        bool: True for tensors and parameters.

    Example:
        >>> import chainrule as cr
        >>> cr.is_tensor([1.0])
        False
    """
    return isinstance(obj, Tensor)
