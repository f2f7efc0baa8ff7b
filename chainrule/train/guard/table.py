"""Every check of the guard, in the order in which their findings are said: one is added by a function and a line here.

A check takes a `Scene` and yields what it finds: an error for a certain fault, a warning for what is hardly meant.
"""

from collections.abc import Callable

from chainrule.train.guard import (
    batches,
    columns,
    endings,
    layers,
    losses,
    parameters,
    ranges,
    rates,
    targets,
    validation,
    weighing,
)
from chainrule.train.guard.scene import Findings, Scene

Check = Callable[[Scene], Findings]

ANSWERS: tuple[Check, ...] = (
    endings.no_numbers,
    parameters.hidden,
    parameters.replaced,
    endings.no_way_back,
    endings.softmax_axis,
    losses.one_class,
    endings.twice,
    endings.unfit_for_the_loss,
    losses.stretched,
    losses.accepted,
    ranges.out_of_reach,
    ranges.not_shares,
    parameters.left_out,
    layers.unreached,
    layers.linear_twice,
    layers.dropout_at_the_end,
)
"""About the network's answer; asked again in training mode where one finds something."""

DATA: tuple[Check, ...] = (
    batches.single_rows,
    batches.strange_indices,
    validation.other_shape,
    validation.refused_targets,
    validation.other_scale,
    validation.without_weights,
    validation.learnt_already,
    weighing.unknown_classes,
    rates.no_rate,
    rates.by_the_epoch,
    rates.over_too_soon,
    columns.unscaled,
    columns.unscaled_images,
    columns.constant,
    columns.target_inside,
    targets.one_target,
    targets.sorted_classes,
    targets.unscaled_targets,
)
"""About the data, and how they are gone through."""
