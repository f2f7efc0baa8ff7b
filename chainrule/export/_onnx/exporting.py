"""`cr.export.onnx`: a network for any runtime that reads ONNX."""

import sys
from typing import Any

from chainrule.errors import MissingExtraError
from chainrule.export.exported import Exported
from chainrule.export.recording import Step
from chainrule.export.request import PathLike, requested
from chainrule.export.rows import for_any_rows
from chainrule.nn.module import Module


def onnx(
    model: Module, path: PathLike, input_shape: Any = None, *, example: Any = None, batch_axis: int | None = 0,
    weights: str = "float", data: Any = None, before: Step | None = None, after: Step | None = None,
) -> Exported:
    """Write a network, as it is in evaluation mode, as an ONNX file for batches of any size.

    Opset 21, IR version 10, one file. Layers become ONNX's own operators where there are such; everything else, code of
    your own included, is exported operation by operation. Numbers are float32, whole numbers int64. The file has passed
    ONNX's checker with strict shape inference before it is written.

    Args:
        model: any module; its own mode stays as it is.
        path: of the file; its folder is made if need be.
        input_shape: of one row, without the axis of rows: `(2,)`, `(1, 28, 28)`; a list of shapes for several inputs.
        example: instead of a shape: a batch of the input, or a tuple with one for each; for networks that read whole
            numbers, such as words.
        batch_axis: along which the rows of the inputs stand; default 0; None for inputs of exactly this shape.
        weights: `"float"` (default), or `"int8"`: matrices and filters in bytes, each output channel with its scale.
        data: with `"int8"` the rows on which the loss of accuracy is measured; otherwise None.
        before: a function of tensors put in front of the network: scaling, say.
        after: a function of tensors put behind it: a softmax, say.

    Returns:
        Exported: the file, its size, and the deviation measured.

    Raises:
        MissingExtraError: ONNX is not installed.
        CaptureError: a network that looks at its numbers, or whose answer to a row depends on the other rows.
        ArgumentError: for arguments out of range, or an operation that has no form in ONNX.
        FileError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cr.export.onnx(nn.MLP([2, 8, 3]), f"{folder}/net.onnx", input_shape=(2,))
        >>> made.files[0].name
        'net.onnx'

    Source:
        Open Neural Network Exchange, https://onnx.ai (2017), operators of opset 21 (2024).
    """
    where = "export.onnx"
    try:
        import onnx as package  # noqa: F401  # asked for here, so that its absence is told in our words
    except ImportError as error:
        raise MissingExtraError("export.missing", where) from error
    from chainrule.export._onnx.model import model_of

    request = requested("onnx", model, path, input_shape, example, batch_axis, weights, data, before, after)
    made = for_any_rows(request.network)
    title = type(model).__name__
    proto = model_of(made, request.weights(made.net), title, sys.modules["chainrule"].__version__, where)
    return request.finished({request.path: proto.SerializeToString()})
