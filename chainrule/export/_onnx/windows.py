"""Windows over images (N, H, W, C), and their way back, where no operator of ONNX says it all."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.ops.program import Entry
from chainrule.ops.window import window_count

if TYPE_CHECKING:
    from chainrule.export._onnx.lowering import Lowering


def _places(count: int, kernel: int, stride: int, dilation: int) -> Any:
    """(count, kernel): where each place of each window lies."""
    return np.arange(count)[:, None] * stride + np.arange(kernel) * dilation


def windows(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """(N, H, W, C) -> (N, OH, OW, KH, KW, C)."""
    graph, (_, *fixed) = to.graph, to.sizes(entry.args[0])
    image = [size for size in fixed if isinstance(size, int)][:2]
    steps = zip(image, static["kernel"], static["stride"], static["dilation"], strict=True)
    down, right = (_places(window_count(size, *rest), *rest) for size, *rest in steps)
    rows = graph.add("Gather", to.name(entry.args[0]), graph.array(down, "rows_of_windows"), axis=1)
    seen = graph.add("Gather", rows, graph.array(right, "columns_of_windows"), axis=3)  # (N, OH, KH, OW, KW, C)
    return graph.add("Transpose", seen, perm=[0, 1, 3, 2, 4, 5])


def fold(to: "Lowering", entry: Entry, static: dict[str, Any]) -> str:
    """(N, OH, OW, KH, KW, C) -> (N, H, W, C): every window added back, as a sum by rows and one by columns."""
    graph = to.graph
    n, *fixed = to.sizes(entry.args[0])
    oh, ow, kh, kw, channels = (size for size in fixed if isinstance(size, int))
    _, height, width, _ = static["shape"]
    steps = zip((height, width), (oh, ow), static["kernel"], static["stride"], static["dilation"], strict=True)
    matrices = []
    for size, count, *rest in steps:
        places = _places(count, *rest).reshape(-1)
        matrices.append((np.arange(size)[:, None] == places).astype(np.float32))
    seen = graph.add("Transpose", to.name(entry.args[0]), perm=[0, 5, 1, 3, 2, 4])  # (N, C, OH, KH, OW, KW)
    flat = graph.reshape(seen, (n, channels, oh * kh, ow * kw))
    rows = graph.add("MatMul", graph.array(matrices[0], "rows_of_windows"), flat)
    image = graph.add("MatMul", rows, graph.array(matrices[1].T, "columns_of_windows"))  # (N, C, H, W)
    return graph.add("Transpose", image, perm=[0, 2, 3, 1])
