"""Every primitive has a form in every format, or is listed here with its reason."""

from chainrule.export._onnx.primitives import FORMS as ONNX
from chainrule.export.loops.expressions import EXPRESSIONS
from chainrule.export.loops.places import FORMS as PLACES
from chainrule.export.loops.reads import VIEWS
from chainrule.ops.program import PRIMITIVES
from chainrule.tape.scan import scan  # noqa: F401  # the one primitive that is not in `ops`

WITHOUT = {
    "uniform": "an exported network draws nothing",
    "scatter_add": "the way back of gather, and an index that Python looks at",
    "index_add": "the way back of an embedding, and rows added up over the batch",
}
OF_THEIR_OWN = {
    "cast", "sum", "max", "min", "argmax", "argmin", "argsort", "cumsum", "matmul", "expand", "windows", "full",
    "arange", "scan",
}
"""In `loops/lowering.py`."""


def test_onnx():
    assert set(PRIMITIVES) - set(ONNX) == set(WITHOUT)
    assert set(ONNX) <= set(PRIMITIVES)


def test_loops():
    there = {*EXPRESSIONS, *PLACES, *VIEWS, *OF_THEIR_OWN}
    assert set(PRIMITIVES) - there == set(WITHOUT)
    assert there <= set(PRIMITIVES)
