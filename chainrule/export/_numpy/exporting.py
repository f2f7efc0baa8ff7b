"""`cr.export.numpy`: a network as one file that needs NumPy alone."""

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.export._numpy.lines import Lines
from chainrule.export._numpy.page import page
from chainrule.export.exported import Exported
from chainrule.export.recording import Step
from chainrule.export.request import PathLike, requested
from chainrule.export.rows import for_any_rows
from chainrule.nn.module import Module


def numpy(
    model: Module, path: PathLike, input_shape: Any = None, *, example: Any = None, batch_axis: int | None = 0,
    weights: str = "float", data: Any = None, before: Step | None = None, after: Step | None = None,
) -> Exported:
    """Write a network, as it is in evaluation mode, as one Python file that needs NumPy alone.

    The file has `predict(X)`, which answers a batch of any size with the very lines of NumPy that the library runs,
    each with its formula behind it, and the weights above.

    Args:
        model: any module; its own mode stays as it is.
        path: of the file, `….py`.
        input_shape: of one row, without the axis of rows; a list of shapes for several inputs.
        example: instead of a shape: a batch of the input, or a tuple with one for each.
        batch_axis: along which the rows of the inputs stand; default 0; None for inputs of exactly this shape.
        weights: `"float"` (default), or `"int8"`: matrices and filters in bytes, each output channel with its scale.
        data: with `"int8"` the rows on which the loss of accuracy is measured; otherwise None.
        before: a function of tensors put in front of the network: scaling, say.
        after: a function of tensors put behind it: a softmax, say.

    Returns:
        Exported: the file, its size, and the deviation measured.

    Raises:
        CaptureError: a network that looks at its numbers, or whose answer to a row depends on the other rows.
        ArgumentError: for arguments out of range.
        FileError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = cr.export.numpy(nn.MLP([2, 8, 3]), f"{folder}/net.py", input_shape=(2,))
        >>> made.files[0].name
        'net.py'

    Source:
        C. Harris et al., Array programming with NumPy (2020).
    """
    request = requested("numpy", model, path, input_shape, example, batch_axis, weights, data, before, after)
    if request.path.suffix != ".py":
        raise ArgumentError("export.suffix", "export.numpy, argument path", got=str(path), want=".py")
    merged = for_any_rows(request.network).net.program
    shapes = [merged.values[value].shape for value in (*merged.inputs, *merged.outputs)]
    made = Lines(request.network)
    text = page(request.network, made, request.weights(made.net), shapes)
    return request.finished({request.path: text.encode()})
