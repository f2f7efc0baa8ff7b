"""What only shows in some batches: a batch norm that sees one row, indices that point outside."""

import numpy as np

from chainrule.errors import ArgumentError, DataError
from chainrule.nn.batch_norm import BatchNorm1d
from chainrule.train.guard.scene import Findings, Scene


def single_rows(scene: Scene) -> Findings:
    """Batches of one row, and a batch norm that gets one number a channel from them."""
    rows = scene.feed.rows if scene.plan is None else min(scene.plan.batch_size, scene.feed.rows)
    if rows > 1 or any(part.ndim > 2 for part in scene.feed.inputs):
        return
    for path, module in scene.trainer.model.named_modules():
        if isinstance(module, BatchNorm1d):
            yield DataError("guard.single_rows", f"{path} {module!r}".strip(), rows=rows)
            return


def strange_indices(scene: Scene) -> Findings:
    """Whole numbers of some row that point outside the table of an embedding."""
    for place, part in enumerate(scene.feed.inputs):
        if part.dtype.kind not in "iu" or not part.size:
            continue
        for node, tensor in scene.way.readers:
            if node.operation.name != "embedding" or not np.may_share_memory(tensor._array, part[:1]):
                continue
            count = node.inputs[0].shape[0] if node.inputs else 0
            low, high = int(part.min()), int(part.max())
            if tensor.shape == part[:1].shape and (low < 0 or high >= count):
                yield ArgumentError("layers.index_range", scene.inputs(place), low=low, high=high, count=count)
                return
