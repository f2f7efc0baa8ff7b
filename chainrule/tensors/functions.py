"""Methods of a tensor as functions, under PyTorch's names: `cr.flatten(x, 1)` for `x.flatten(1)`.

The method's own arguments and first sentence are the function's; here stands one example for each.
"""

import inspect
from typing import Any

from chainrule.tensors.creation import as_tensor
from chainrule.tensors.tensor import Tensor

_ARGUMENTS = {
    "alpha": "a factor of what is added; default 1.",
    "as_tuple": "one tensor for each axis; default one tensor with a column for each.",
    "atol": "absolute tolerance.",
    "axes": "all axes in their new order.",
    "axis0": "an axis.",
    "axis1": "the axis it changes places with.",
    "beta": "a factor of `input`; default 1.",
    "chunks": "how many pieces at most.",
    "descending": "begin with the largest.",
    "destination": "where it goes.",
    "diagonal": "0 for the main diagonal, above it > 0.",
    "dim": "the axis, counted from 0 or back from -1.",
    "dim0": "an axis.",
    "dim1": "the axis it changes places with.",
    "dims": "axes, or numbers of copies.",
    "end": "the tensor at weight 1.",
    "end_dim": "the last axis that is joined; default the last.",
    "exponent": "a number or tensor.",
    "index": "int64: places along `dim`.",
    "keepdim": "keep a reduced axis with size 1.",
    "k": "how many.",
    "length": "slices.",
    "largest": "the largest (default), or the smallest.",
    "mask": "where it holds.",
    "max": "the upper bound, or None.",
    "mat1": "(n, m).",
    "mat2": "a matrix, or a batch of them.",
    "min": "the lower bound, or None.",
    "minlength": "entries at least.",
    "n": "how many times; default once.",
    "other": "a tensor, or a number, that stretches to the shape of `input`.",
    "p": "which norm; default 2.",
    "q": "a share between 0 and 1, or a tensor of them.",
    "repeats": "how many copies of each slice.",
    "return_counts": "also how often each occurs.",
    "return_inverse": "also where each element went.",
    "rtol": "relative tolerance.",
    "shifts": "how far.",
    "split_size": "slices a piece, or a list of sizes.",
    "sizes": "the shape, or sizes of the parts of one axis; one may be -1.",
    "source": "what is added, or the axis that moves.",
    "src": "a tensor, or a number.",
    "start": "the first of them.",
    "start_dim": "the first axis that is joined; default 0.",
    "value": "a number.",
    "vec": "(m,).",
    "vec2": "(m,).",
    "weight": "the part of the way, 0 … 1.",
    "weights": "what each counts for; default 1.",
}


def _function(name: str, call: str, shown: str) -> Any:
    method = getattr(Tensor, name)

    def function(input: Any, *args: Any, **kwargs: Any) -> Any:
        return method(as_tensor(input), *args, **kwargs)

    given = list(inspect.signature(method).parameters.values())[1:]
    first = inspect.Parameter("input", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    function.__signature__ = inspect.Signature([first, *given])  # type: ignore[attr-defined]  # what help() shows
    function.__name__ = function.__qualname__ = name
    rows = ["input: a tensor.", *(f"{part.name}: {_ARGUMENTS[part.name]}" for part in given)]
    example = [f">>> x = cr.tensor([[1.0, 2.0], [3.0, 4.0]])\n        >>> cr.{name}({call})", *shown.split("\n")]
    function.__doc__ = "\n".join([
        f"{str(method.__doc__).splitlines()[0]}\n\n    Args:", *(f"        {row}" for row in rows),
        f"\n    Returns:\n        What `Tensor.{name}` gives.",
        "\n    Example:\n        >>> import chainrule as cr", *(f"        {row}" for row in example), "    ",
    ])
    return function


flatten = _function("flatten", "x", "tensor([1., 2., 3., 4.])")
unflatten = _function("unflatten", "x[0], 0, (2, 1)", "tensor([[1.],\n        [2.]])")
reshape = _function("reshape", "x, (4,)", "tensor([1., 2., 3., 4.])")
ravel = _function("ravel", "x", "tensor([1., 2., 3., 4.])")
squeeze = _function("squeeze", "x[:1]", "tensor([1., 2.])")
unsqueeze = _function("unsqueeze", "x, 0", "tensor([[[1., 2.],\n         [3., 4.]]])")
transpose = _function("transpose", "x, 0, 1", "tensor([[1., 3.],\n        [2., 4.]])")
t = _function("t", "x", "tensor([[1., 3.],\n        [2., 4.]])")
swapaxes = _function("swapaxes", "x, 0, 1", "tensor([[1., 3.],\n        [2., 4.]])")
movedim = _function("movedim", "x, 0, 1", "tensor([[1., 3.],\n        [2., 4.]])")
permute = _function("permute", "x, (1, 0)", "tensor([[1., 3.],\n        [2., 4.]])")
tile = _function("tile", "x[0], (2,)", "tensor([1., 2., 1., 2.])")
repeat_interleave = _function("repeat_interleave", "x[0], 2, 0", "tensor([1., 1., 2., 2.])")
clone = _function("clone", "x", "tensor([[1., 2.],\n        [3., 4.]])")
detach = _function("detach", "x", "tensor([[1., 2.],\n        [3., 4.]])")
numel = _function("numel", "x", "4")
split = _function("split", "x, 1", "(tensor([[1., 2.]]), tensor([[3., 4.]]))")
chunk = _function("chunk", "x, 2", "(tensor([[1., 2.]]), tensor([[3., 4.]]))")
unbind = _function("unbind", "x", "(tensor([1., 2.]), tensor([3., 4.]))")
narrow = _function("narrow", "x, 1, 0, 1", "tensor([[1.],\n        [3.]])")
select = _function("select", "x, 1, 0", "tensor([1., 3.])")
flip = _function("flip", "x, (0,)", "tensor([[3., 4.],\n        [1., 2.]])")
roll = _function("roll", "x[0], 1, 0", "tensor([2., 1.])")
tril = _function("tril", "x", "tensor([[1., 0.],\n        [3., 4.]])")
triu = _function("triu", "x", "tensor([[1., 2.],\n        [0., 4.]])")
diag = _function("diag", "x", "tensor([1., 4.])")
diagonal = _function("diagonal", "x", "tensor([1., 4.])")
trace = _function("trace", "x", "tensor(5.)")
diff = _function("diff", "x", "tensor([[1.],\n        [1.]])")
add = _function("add", "x, 1.0", "tensor([[2., 3.],\n        [4., 5.]])")
sub = _function("sub", "x, 1.0", "tensor([[0., 1.],\n        [2., 3.]])")
mul = _function("mul", "x, 2.0", "tensor([[2., 4.],\n        [6., 8.]])")
div = _function("div", "x, 2.0", "tensor([[0.5, 1. ],\n        [1.5, 2. ]])")
pow = _function("pow", "x, 2", "tensor([[ 1.,  4.],\n        [ 9., 16.]])")
neg = _function("neg", "x", "tensor([[-1., -2.],\n        [-3., -4.]])")
tan = _function("tan", "x * 0.0", "tensor([[0., 0.],\n        [0., 0.]])")
trunc = _function("trunc", "x / 2", "tensor([[0., 1.],\n        [1., 2.]])")
remainder = _function("remainder", "x, 2", "tensor([[1., 0.],\n        [1., 0.]])")
floor_divide = _function("floor_divide", "x, 2", "tensor([[0., 1.],\n        [1., 2.]])")
lerp = _function("lerp", "x, x * 2, 0.5", "tensor([[1.5, 3. ],\n        [4.5, 6. ]])")
clip = _function("clip", "x, 2.0, 3.0", "tensor([[2., 2.],\n        [3., 3.]])")
eq = _function("eq", "x, 2", "tensor([[False,  True],\n        [False, False]])")
ne = _function("ne", "x, 2", "tensor([[ True, False],\n        [ True,  True]])")
lt = _function("lt", "x, 2", "tensor([[ True, False],\n        [False, False]])")
le = _function("le", "x, 2", "tensor([[ True,  True],\n        [False, False]])")
gt = _function("gt", "x, 2", "tensor([[False, False],\n        [ True,  True]])")
ge = _function("ge", "x, 2", "tensor([[False,  True],\n        [ True,  True]])")
logical_and = _function("logical_and", "x > 1, x < 4", "tensor([[False,  True],\n        [ True, False]])")
logical_or = _function("logical_or", "x < 2, x > 3", "tensor([[ True, False],\n        [False,  True]])")
logical_xor = _function("logical_xor", "x > 1, x > 3", "tensor([[False,  True],\n        [ True, False]])")
logical_not = _function("logical_not", "x > 1", "tensor([[ True, False],\n        [False, False]])")
isclose = _function("isclose", "x, x + 1e-9", "tensor([[ True,  True],\n        [ True,  True]])")
equal = _function("equal", "x, x", "True")
mm = _function("mm", "x, x", "tensor([[ 7., 10.],\n        [15., 22.]])")
bmm = _function("bmm", "x[None], x[None]", "tensor([[[ 7., 10.],\n         [15., 22.]]])")
mv = _function("mv", "x, x[0]", "tensor([ 5., 11.])")
dot = _function("dot", "x[0], x[1]", "tensor(11.)")
addmm = _function("addmm", "x, x, x", "tensor([[ 8., 12.],\n        [18., 26.]])")
norm = _function("norm", "x[1]", "tensor(5.)")
prod = _function("prod", "x", "tensor(24.)")
cumsum = _function("cumsum", "x, 0", "tensor([[1., 2.],\n        [4., 6.]])")
cumprod = _function("cumprod", "x, 0", "tensor([[1., 2.],\n        [3., 8.]])")
logsumexp = _function("logsumexp", "x * 0.0, 1", "tensor([0.6931, 0.6931])")
amax = _function("amax", "x, 1", "tensor([2., 4.])")
amin = _function("amin", "x, 1", "tensor([1., 3.])")
count_nonzero = _function("count_nonzero", "x", "tensor(4)")
median = _function("median", "x", "tensor(2.)")
quantile = _function("quantile", "x, 0.5", "tensor(2.5)")
sort = _function("sort", "x[1], descending=True", "Extreme(values=tensor([4., 3.]), indices=tensor([1, 0]))")
argsort = _function("argsort", "x[1], descending=True", "tensor([1, 0])")
topk = _function("topk", "x[1], 1", "Extreme(values=tensor([4.]), indices=tensor([1]))")
gather = _function("gather", "x, 1, cr.tensor([[0], [1]])", "tensor([[1.],\n        [4.]])")
index_select = _function("index_select", "x, 0, cr.tensor([1])", "tensor([[3., 4.]])")
scatter = _function("scatter", "x, 1, cr.tensor([[0], [1]]), 9.0", "tensor([[9., 2.],\n        [3., 9.]])")
scatter_add = _function("scatter_add", "x, 1, cr.tensor([[0], [0]]), x", "tensor([[2., 2.],\n        [6., 4.]])")
index_add = _function("index_add", "x, 0, cr.tensor([0]), x[1:]", "tensor([[4., 6.],\n        [3., 4.]])")
masked_fill = _function("masked_fill", "x, x > 2, 0.0", "tensor([[1., 2.],\n        [0., 0.]])")
masked_select = _function("masked_select", "x, x > 2", "tensor([3., 4.])")
nonzero = _function("nonzero", "x > 2", "tensor([[1, 0],\n        [1, 1]])")
unique = _function("unique", "x.round()", "tensor([1., 2., 3., 4.])")
bincount = _function("bincount", "cr.tensor([0, 2, 2])", "tensor([1, 0, 2])")
