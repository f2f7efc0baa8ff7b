"""What can be seen of a loader's data before it is gone through: nothing is read that a fit would miss later."""

from chainrule.data.loader import DataLoader
from chainrule.train.feed import ArrayFeed, LoaderFeed, arrays


def first_rows(feed: LoaderFeed) -> tuple[ArrayFeed, int, bool] | None:
    """Rows behind a loader, how many it gives at once, and whether in another order each time.

    None where reading them would change it.

    All rows of a `DataLoader` over arrays, the first batch of a list.
    """
    source = feed.source
    if isinstance(source, list) and source:
        inputs, targets, weights = feed.parts(source[0], 0)
        return ArrayFeed(inputs, targets, weights), 0, False
    if not isinstance(source, DataLoader) or source.augment is not None:
        return None
    tensors, chosen = source.arrays()
    if not 1 <= len(tensors) <= 3:
        return None
    given = [part.numpy() if chosen is None else part.numpy()[chosen] for part in tensors]
    shuffled = source.shuffle or source.sampler is not None
    return arrays(given, feed.casting, feed.where), source.batch_size, shuffled
