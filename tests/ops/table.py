"""One row for each way a primitive is used: what every promise is tested with."""

from typing import Any, NamedTuple

import numpy as np

from chainrule.ops.program import PRIMITIVES, Primitive, Static
from chainrule.tensors import tensor as _tensor  # noqa: F401 - imports every family of primitives


class Row(NamedTuple):
    """A primitive, arrays and numbers to give it, and its static arguments."""

    primitive: str
    args: tuple[Any, ...]
    static: Static = ()

    @property
    def rule(self) -> Primitive:
        return PRIMITIVES[self.primitive]

    def __str__(self) -> str:
        kinds = ",".join("x".join(map(str, np.shape(a))) or type(a).__name__ for a in self.args)
        return f"{self.primitive}({kinds}{',' if self.static else ''}{','.join(str(v) for _, v in self.static)})"


_rng = np.random.default_rng(7)


def real(*shape: int) -> Any:
    return _rng.normal(size=shape)


def positive(*shape: int) -> Any:
    return _rng.uniform(0.5, 2.0, size=shape)


def whole(high: int, *shape: int) -> Any:
    return _rng.integers(0, high, size=shape)


A = (("slice", 1, None, None), ("int", -1))
FANCY = (("array", 0), ("slice", None, None, 2))
TWO = (("array", 0), ("array", 1))

ROWS: list[Row] = [
    *(Row(name, (real(3, 4), real(3, 4))) for name in ("add", "subtract", "multiply", "maximum", "minimum")),
    *(Row(name, (real(2, 3, 4), real(3, 1))) for name in ("add", "subtract", "multiply", "maximum", "minimum")),
    Row("divide", (real(3, 4), positive(3, 4))), Row("divide", (real(2, 3, 4), positive(3, 1))),
    *(Row(name, (real(3), 2.5)) for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum")),
    *(Row(name, (2, real(1, 3))) for name in ("add", "subtract", "multiply", "divide")),
    Row("negative", (real(3, 4),)),
    Row("power", (positive(3, 4), positive(4))), Row("power", (real(3), 2)), Row("power", (real(3), 3)),
    Row("power", (positive(3), -0.5)), Row("power", (2.0, real(3))), Row("power", (real(3), 0)),
    Row("where", (real(3, 4) > 0, real(3, 4), real(4))), Row("where", (real(3, 1) > 0, real(3, 4), 0.0)),
    *(Row(name, (positive(3, 4),)) for name in ("sqrt", "exp", "expm1", "log", "log1p")),
    *(Row(name, (real(3, 4),)) for name in ("sin", "cos", "tanh", "sigmoid", "erf")),
    *(Row(name, (real(3, 4),)) for name in ("absolute", "sign", "floor", "round")),
    *(Row(name, (whole(3, 3, 4), whole(3, 4))) for name in ("equal", "not_equal", "less", "less_equal")),
    *(Row(name, (whole(3, 3, 4), whole(3, 4))) for name in ("greater", "greater_equal")),
    *(Row(name, (real(3) > 0, real(3) > 0)) for name in ("logical_and", "logical_or")),
    Row("logical_not", (real(3) > 0,)),
    Row("isnan", (np.array([1.0, np.nan, np.inf]),)), Row("isfinite", (np.array([1.0, np.nan, np.inf]),)),
    Row("cast", (real(3, 4),), (("dtype", "float32"),)), Row("cast", (real(3),), (("dtype", "int64"),)),
    Row("cast", (real(3) > 0,), (("dtype", "float64"),)), Row("cast", (real(3),), (("dtype", "bool"),)),
    *(Row(name, (real(2, 3, 4),), (("axes", axes), ("keepdim", keep)))
      for name in ("sum", "max", "min") for axes in ((0,), (1, 2), (0, 1, 2)) for keep in (False, True)),
    *(Row(name, (real(3, 4),), (("axis", 1), ("keepdim", keep)))
      for name in ("argmax", "argmin") for keep in (False, True)),
    Row("argsort", (whole(3, 4, 5).astype(float),), (("axis", 1),)),
    Row("cumsum", (real(3, 4),), (("axis", 0),)),
    Row("reshape", (real(3, 4),), (("shape", (2, 6)),)), Row("reshape", (real(3, 4),), (("shape", (3, 1, 4)),)),
    Row("permute", (real(2, 3, 4),), (("axes", (2, 0, 1)),)), Row("permute", (real(3, 4),), (("axes", (1, 0)),)),
    Row("expand", (real(3, 1),), (("shape", (2, 3, 4)),)),
    Row("concatenate", (real(2, 3), real(4, 3)), (("axis", 0),)),
    Row("concatenate", (real(2, 3), real(2, 1), real(2, 2)), (("axis", 1),)),
    Row("contiguous", (real(3, 4),)), Row("copy", (real(3, 4),)),
    Row("full", (), (("shape", (2, 3)), ("fill", -0.5), ("dtype", "float64"))),
    Row("full", (), (("shape", ()), ("fill", float("-inf")), ("dtype", "float32"))),
    Row("full", (), (("shape", (2,)), ("fill", float("nan")), ("dtype", "float32"))),
    Row("arange", (), (("start", 1), ("stop", 8), ("step", 3), ("dtype", "int64"))),
    *(Row("matmul", shapes) for shapes in (
        (real(3, 4), real(4, 2)), (real(4), real(4)), (real(4), real(4, 2)), (real(3, 4), real(4)),
        (real(5, 3, 4), real(4, 2)),
        (real(5, 1, 3, 4), real(2, 4, 3)), (real(4), real(2, 4, 3)), (real(2, 3, 4), real(4)))),
    Row("slice", (real(3, 4),), (("items", A),)),
    Row("slice", (real(3, 4),), (("items", (("new",), ("slice", None, None, -1))),)),
    Row("place", (real(2, 3),),
        (("shape", (4, 5)), ("items", (("slice", 1, 3, None), ("slice", None, None, 2))), ("fill", 0.0))),
    Row("place", (real(3),), (("shape", (5,)), ("items", (("slice", 1, 4, None),)), ("fill", float("-inf")))),
    Row("take", (real(3, 4), whole(3, 5)), (("items", FANCY),)),
    Row("take", (real(3, 4), whole(3, 2, 2), whole(4, 2)), (("items", TWO),)),
    Row("index_add", (real(5, 4), whole(3, 5)), (("shape", (3, 4)), ("items", (("array", 0),)))),
    Row("put", (real(3, 4), real(5, 2), np.array([0, 2, 1, 0, 2])[:2].repeat(1)), (("items", FANCY),))._replace(
        args=(real(3, 4), real(2, 2), np.array([0, 2]))),
    Row("put", (real(3, 4), 1.5), (("items", A),)),
    Row("gather", (real(3, 4), whole(3, 2, 4)), (("axis", 0),)),
    Row("gather", (real(3, 4), whole(4, 3, 2)), (("axis", 1),)),
    Row("scatter_add", (real(3, 2), whole(4, 3, 2)), (("shape", (3, 4)), ("axis", 1))),
    Row("windows", (real(2, 5, 6, 3),), (("kernel", (2, 3)), ("stride", (2, 1)), ("dilation", (1, 2)))),
    Row("fold", (real(2, 2, 2, 2, 3, 3),),
        (("shape", (2, 5, 6, 3)), ("kernel", (2, 3)), ("stride", (2, 1)), ("dilation", (1, 2)))),
    Row("uniform", (np.array(5), np.array(2)), (("shape", (3, 2)), ("dtype", "float32"))),
]
