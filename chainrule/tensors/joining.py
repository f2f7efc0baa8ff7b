"""Several tensors into one: joined, stacked, chosen between, multiplied along named axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.ops import shape as shapes
from chainrule.ops.rules import axis_index
from chainrule.tape.apply import apply
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.elementwise import choose
from chainrule.tensors.operands import cast, promoted
from chainrule.tensors.tensor import Tensor


def concatenate(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along an axis that they have.

    Args:
        tensors: at least one, equal in size on every other axis.
        dim: the axis, default 0.

    Returns:
        Tensor: as long along `dim` as all of them together.

    Raises:
        ShapeError: when another axis differs.

    Example:
        >>> import chainrule as cr
        >>> cr.concatenate([cr.tensor([1.0]), cr.tensor([2.0, 3.0])])
        tensor([1., 2., 3.])
    """
    parts = [as_tensor(part) for part in tensors]
    if not parts:
        raise ShapeError("ops.concatenate", "concatenate", shapes="()", axis=dim)
    kind = parts[0].dtype
    for part in parts[1:]:
        kind = promoted(part, apply(shapes.FULL, (), (("shape", (1,)), ("fill", 0), ("dtype", kind.name))))
    parts = [cast(part, kind) for part in parts]
    return apply(shapes.CONCATENATE, tuple(parts), (("axis", axis_index("concatenate", dim, parts[0].ndim)),))


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """`concatenate` under PyTorch's name.

    Args:
        tensors: at least one, equal in size on every other axis.
        dim: the axis, default 0.

    Returns:
        Tensor: as long along `dim` as all of them together.

    Example:
        >>> import chainrule as cr
        >>> cr.cat([cr.tensor([1.0]), cr.tensor([2.0])])
        tensor([1., 2.])
    """
    return concatenate(tensors, dim)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new axis.

    Args:
        tensors: at least one, all of one shape.
        dim: where the new axis stands, default 0.

    Returns:
        Tensor: with one axis more.

    Raises:
        ShapeError: when shapes differ.

    Example:
        >>> import chainrule as cr
        >>> cr.stack([cr.tensor([1.0, 2.0]), cr.tensor([3.0, 4.0])])
        tensor([[1., 2.],
                [3., 4.]])
    """
    return concatenate([as_tensor(part).unsqueeze(dim) for part in tensors], dim)


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """`input` where the condition holds, elsewhere `other`.

    Args:
        condition: a mask; stretched like the others.
        input: tensor or number.
        other: tensor or number.

    Returns:
        Tensor: of the common shape.

    Example:
        >>> import chainrule as cr
        >>> x = cr.tensor([-1.0, 2.0])
        >>> cr.where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    return choose(condition, input, other)


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of vectors, matrices, or batches of matrices.

    Args:
        input: (…, m, k) or (k,).
        other: (…, k, n) or (k,).

    Returns:
        Tensor: (…, m, n).

    Raises:
        ShapeError: when the inner sizes differ.

    Example:
        >>> import chainrule as cr
        >>> cr.matmul(cr.tensor([[1.0, 2.0]]), cr.tensor([3.0, 4.0]))
        tensor([11.])
    """
    return as_tensor(input) @ as_tensor(other)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors.

    Args:
        input: (n,).
        vec2: (m,).

    Returns:
        Tensor: (n, m).

    Example:
        >>> import chainrule as cr
        >>> cr.outer(cr.tensor([1.0, 2.0]), cr.tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
    return input.unsqueeze(1) * vec2.unsqueeze(0)


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """Products summed over named axes, lowered to transposes, reshapes and one `matmul` for each pair.

    Args:
        equation: one letter an axis, `"ij,jk->ik"`; without `->`, letters that occur once, in alphabetical order.
        operands: one tensor for each group of letters.

    Returns:
        Tensor: with the axes named after `->`.

    Raises:
        ArgumentError: when letters and axes do not fit.

    Example:
        >>> import chainrule as cr
        >>> cr.einsum("ij,j->i", cr.tensor([[1.0, 2.0], [3.0, 4.0]]), cr.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    left, arrow, wanted = equation.replace(" ", "").partition("->")
    groups = left.split(",")
    letters = "".join(groups)
    if not arrow:
        wanted = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    fits = len(groups) == len(operands) and all(len(g) == x.ndim for g, x in zip(groups, operands, strict=True))
    if not fits or not set(wanted) <= set(letters) or len(set(wanted)) != len(wanted) or not (letters + "a").isalpha():
        shapes_text = ", ".join(str(x.shape) for x in operands)
        raise ArgumentError("tensors.einsum", "einsum", equation=equation, shapes=shapes_text)
    sizes: dict[str, int] = {}
    for group, x in zip(groups, operands, strict=True):
        for letter, size in zip(group, x.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                both = f"{letter} = {sizes[letter]}, {size}"
                raise ArgumentError("tensors.einsum", "einsum", equation=equation, shapes=both)
    group, x = _diagonals(groups[0], operands[0])
    for i in range(1, len(operands)):
        later = set("".join(groups[i + 1 :])) | set(wanted)
        group, x = _contract(group, x, *_diagonals(groups[i], operands[i]), later, sizes)
    group, x = _summed(group, x, set(wanted))
    return x.permute(tuple(group.index(letter) for letter in wanted))


def _diagonals(group: str, x: Tensor) -> tuple[str, Tensor]:
    """A letter that stands twice names a diagonal."""
    for letter in set(group):
        while group.count(letter) > 1:
            first = group.index(letter)
            second = group.index(letter, first + 1)
            places = apply(shapes.ARANGE, (), (("start", 0), ("stop", x.shape[first]), ("step", 1), ("dtype", "int64")))
            rest = [axis for axis in range(x.ndim) if axis not in (first, second)]
            x = x.permute((first, second, *rest))[places, places]
            group = letter + "".join(group[axis] for axis in rest)
    return group, x


def _summed(group: str, x: Tensor, keep: set[str]) -> tuple[str, Tensor]:
    axes = tuple(i for i, letter in enumerate(group) if letter not in keep)
    return "".join(c for c in group if c in keep), x.sum(axes) if axes else x


def _contract(a: str, x: Tensor, b: str, y: Tensor, later: set[str], sizes: dict[str, int]) -> tuple[str, Tensor]:
    a, x = _summed(a, x, later | set(b))
    b, y = _summed(b, y, later | set(a))
    shared = [c for c in a if c in b]
    batch = "".join(c for c in shared if c in later)
    inner = "".join(c for c in shared if c not in later)
    rows = "".join(c for c in a if c not in b)
    columns = "".join(c for c in b if c not in a)

    def folded(group: str, z: Tensor, parts: tuple[str, str, str]) -> Tensor:
        z = z.permute(tuple(group.index(c) for c in "".join(parts)))
        return z.reshape(tuple(int(np.prod([sizes[c] for c in part], dtype=np.int64)) for part in parts))

    product = folded(a, x, (batch, rows, inner)) @ folded(b, y, (batch, inner, columns))
    result = batch + rows + columns
    return result, product.reshape(tuple(sizes[c] for c in result))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined side by side: along the second axis, vectors along their only one.

    Args:
        tensors: at least one.

    Returns:
        Tensor: joined.

    Example:
        >>> import chainrule as cr
        >>> cr.hstack([cr.tensor([1.0]), cr.tensor([2.0])])
        tensor([1., 2.])
    """
    parts = [as_tensor(part) for part in tensors]
    parts = [part if part.ndim else part.reshape(1) for part in parts]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined one beneath another: along the first axis, vectors as rows.

    Args:
        tensors: at least one.

    Returns:
        Tensor: joined.

    Example:
        >>> import chainrule as cr
        >>> cr.vstack([cr.tensor([1.0]), cr.tensor([2.0])])
        tensor([[1.],
                [2.]])
    """
    parts = [as_tensor(part) for part in tensors]
    return concatenate([part.reshape((1, -1)) if part.ndim < 2 else part for part in parts], 0)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid.

    Args:
        tensors: vectors, the places along each axis.
        indexing: "ij" (default): the first vector runs along the first axis; "xy": along the second.

    Returns:
        tuple: one tensor for each vector, all of the shape of the grid.

    Raises:
        ArgumentError: for another `indexing`.

    Example:
        >>> import chainrule as cr
        >>> rows, columns = cr.meshgrid(cr.arange(2), cr.arange(3), indexing="ij")
        >>> rows
        tensor([[0, 0, 0],
                [1, 1, 1]])
    """
    if indexing not in ("ij", "xy"):
        raise ArgumentError("tensors.meshgrid", "meshgrid, argument indexing", got=repr(indexing))
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    parts = [as_tensor(part).reshape(-1) for part in given]
    shape = tuple(part.numel() for part in parts)
    made = [part.reshape((-1,) + (1,) * (len(parts) - i - 1)).expand(shape) for i, part in enumerate(parts)]
    return tuple(grid.transpose(0, 1) if indexing == "xy" and len(parts) > 1 else grid for grid in made)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """The distance of every row of one matrix from every row of another, from the differences themselves.

    Args:
        x1: (…, n, d).
        x2: (…, m, d).
        p: which norm; default 2, the straight line.

    Returns:
        Tensor: (…, n, m).

    Example:
        >>> import chainrule as cr
        >>> cr.cdist(cr.tensor([[0.0, 0.0]]), cr.tensor([[3.0, 4.0], [0.0, 1.0]]))
        tensor([[5., 1.]])
    """
    return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(p, -1)
