"""Every check, in the order in which they look; one is added by a file and a line here."""

from chainrule.doctor.checks.data import (
    constant_feature,
    constant_target,
    contradicting_rows,
    drift,
    features_unscaled,
    few_test_rows,
    imbalance,
    label_noise,
    labels_coded_wrong,
    labels_misaligned,
    nonfinite_data,
    one_feature_dwarfs,
    scaled_differently,
    split_not_shuffled,
    target_leak,
    target_unscaled,
    test_rows_in_training,
    wrong_dtype,
)
from chainrule.doctor.checks.evaluation import (
    input_ignored,
    loss_reversed,
    metric_unfit,
    no_held_out,
    not_reproducible,
    nothing_learnt,
    reported_loss,
    seed_lottery,
    training_mode,
)
from chainrule.doctor.checks.model import (
    activation_twice,
    batch_norm_misused,
    bias_before_norm,
    dropout_on_output,
    dropout_scaled,
    dropout_too_strong,
    loss_summed,
    missing_bias,
    network_too_small,
    no_gradient,
    no_nonlinearity,
    output_activation,
    overfitting,
    shapes_broadcast,
    softmax_on_one_output,
    softmax_over_rows,
    squared_error_on_classes,
    symmetric_weights,
    target_out_of_range,
    weights_too_large,
    weights_too_small,
    weights_unfit_for_depth,
    wrong_derivative,
)
from chainrule.doctor.checks.optimisation import (
    batch_too_small,
    clip_too_tight,
    dead_units,
    exploding_gradient,
    gradients_not_zeroed,
    learning_rate_bounces,
    learning_rate_diverges,
    learning_rate_too_low,
    not_shuffled,
    optimizer_settings,
    regularisation_too_strong,
    saturated_units,
    schedule_ends_early,
    stopped_too_early,
    too_few_updates,
    unstable_log_exp,
    vanishing_gradient,
)

DATA = (
    nonfinite_data, labels_coded_wrong, constant_target, contradicting_rows, test_rows_in_training, wrong_dtype,
    labels_misaligned, scaled_differently, split_not_shuffled, drift, features_unscaled, one_feature_dwarfs,
    constant_feature, target_unscaled, label_noise, imbalance, target_leak, few_test_rows,
)
MODEL = (
    softmax_on_one_output, softmax_over_rows, activation_twice, output_activation, target_out_of_range, no_gradient,
    wrong_derivative, squared_error_on_classes, loss_summed, shapes_broadcast, symmetric_weights, no_nonlinearity,
    weights_too_small, weights_too_large, weights_unfit_for_depth, network_too_small, dropout_too_strong,
    dropout_scaled, dropout_on_output, batch_norm_misused, bias_before_norm, missing_bias, overfitting,
)
OPTIMISATION = (
    gradients_not_zeroed, unstable_log_exp, vanishing_gradient, exploding_gradient, saturated_units, dead_units,
    not_shuffled, regularisation_too_strong, clip_too_tight, too_few_updates, batch_too_small, stopped_too_early,
    schedule_ends_early, optimizer_settings, learning_rate_diverges, learning_rate_bounces, learning_rate_too_low,
)
EVALUATION = (
    loss_reversed, input_ignored, seed_lottery, training_mode, not_reproducible, metric_unfit, reported_loss,
    no_held_out, nothing_learnt,
)
CHECKS = tuple(module.CHECK for module in (*DATA, *MODEL, *OPTIMISATION, *EVALUATION))
