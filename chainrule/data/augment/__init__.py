"""More rows out of few: changes that leave the meaning of a row as it is.

Pictures (`shift`, `flip`, `rotate`, `cutout`) and any rows (`noise`, `mixup`). Each gives a new array of the type it
got and takes `seed`: a whole number, or a `numpy.random.Generator` that goes on. It may import `errors` and `data`.
"""

from chainrule.data.augment.images import cutout, flip, rotate, shift
from chainrule.data.augment.rows import mixup, noise

__all__ = ["cutout", "flip", "mixup", "noise", "rotate", "shift"]
