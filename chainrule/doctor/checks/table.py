"""Every check, in the order in which they look; one is added by a file and a line here."""

from chainrule.doctor.checks.data import (
    features_unscaled,
    labels_coded_wrong,
    labels_misaligned,
    nonfinite_data,
    target_unscaled,
)
from chainrule.doctor.checks.evaluation import seed_lottery
from chainrule.doctor.checks.model import (
    activation_twice,
    dropout_too_strong,
    network_too_small,
    no_gradient,
    no_nonlinearity,
    output_activation,
    overfitting,
    softmax_on_one_output,
    softmax_over_rows,
    symmetric_weights,
    target_out_of_range,
    weights_too_large,
    weights_too_small,
    weights_unfit_for_depth,
)
from chainrule.doctor.checks.optimisation import (
    batch_too_small,
    clip_too_tight,
    dead_units,
    learning_rate_bounces,
    learning_rate_diverges,
    learning_rate_too_low,
    optimizer_settings,
    regularisation_too_strong,
    saturated_units,
    schedule_ends_early,
    stopped_too_early,
    too_few_updates,
    vanishing_gradient,
)

DATA = (nonfinite_data, labels_coded_wrong, labels_misaligned, features_unscaled, target_unscaled)
MODEL = (
    softmax_on_one_output, softmax_over_rows, activation_twice, output_activation, target_out_of_range, no_gradient,
    symmetric_weights, no_nonlinearity, weights_too_small, weights_too_large, weights_unfit_for_depth,
    network_too_small, dropout_too_strong, overfitting,
)
OPTIMISATION = (
    vanishing_gradient, saturated_units, dead_units, regularisation_too_strong, clip_too_tight, too_few_updates,
    batch_too_small, stopped_too_early, schedule_ends_early, optimizer_settings, learning_rate_diverges,
    learning_rate_bounces, learning_rate_too_low,
)
EVALUATION = (seed_lottery,)
CHECKS = tuple(module.CHECK for module in (*DATA, *MODEL, *OPTIMISATION, *EVALUATION))
