"""Matrix products: vectors, matrices, and batches of matrices whose leading axes stretch."""

from chainrule.errors import ShapeError
from chainrule.ops.layout import c_order
from chainrule.ops.program import Primitive, Value
from chainrule.ops.rules import broadcast, common_dtype


def _matmul_shape(a: Value, b: Value) -> tuple[Value, ...]:
    if not a.shape or not b.shape:
        raise ShapeError("ops.matmul_scalar", "matmul", left=a.shape, right=b.shape)
    inner, outer = a.shape[-1], b.shape[-2 if len(b.shape) > 1 else 0]
    if inner != outer:
        raise ShapeError("ops.matmul", "matmul", left=a.shape, right=b.shape, inner=inner, outer=outer)
    batch = broadcast("matmul", a.shape[:-2], b.shape[:-2])
    shape = batch + (a.shape[-2:-1] if len(a.shape) > 1 else ()) + (b.shape[-1:] if len(b.shape) > 1 else ())
    rows = None
    if a.rows is not None and a.rows != len(a.shape) - 1:
        rows = a.rows + max(0, len(b.shape) - len(a.shape)) if len(a.shape) > 1 else None
    return (Value(shape, common_dtype("matmul", (a, b)), c_order(len(shape)), rows),)


def _matmul_slopes(d, a, b, y):  # type: ignore[no-untyped-def]  # derivatives are duck-typed
    if len(a.shape) == 1 and len(b.shape) == 1:
        return d * b, d * a
    if len(a.shape) == 1:  # (k) @ (…, k, n)
        d = d.unsqueeze(-2)  # (…, 1, n)
        return (d @ b.mT).squeeze(-2).sum_to(a.shape), (a.unsqueeze(-1) @ d).sum_to(b.shape)
    if len(b.shape) == 1:  # (…, m, k) @ (k)
        d = d.unsqueeze(-1)  # (…, m, 1)
        return (d @ b.unsqueeze(0)).sum_to(a.shape), (a.mT @ d).squeeze(-1).sum_to(b.shape)
    return (d @ b.mT).sum_to(a.shape), (a.mT @ d).sum_to(b.shape)


MATMUL = Primitive(
    "matmul", _matmul_shape, "{0} @ {1}", derivative=_matmul_slopes, formula="{0} {1}",
)
