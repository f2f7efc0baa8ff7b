"""Every check; one is added by a file and a line here."""

from chainrule.doctor.checks import (
    dead_units,
    ends,
    features_unscaled,
    first_weights,
    labels_misaligned,
    learning_rate,
    network_too_small,
    no_nonlinearity,
    nonfinite_data,
    optimizer_settings,
    refused_targets,
    regularisation,
    saturated_units,
    seed_lottery,
    symmetric_weights,
    target_unscaled,
    updates,
    vanishing_gradient,
)

CHECKS = tuple(
    module.CHECK for module in (
        nonfinite_data, refused_targets, ends, symmetric_weights, no_nonlinearity, labels_misaligned,
        features_unscaled, target_unscaled, first_weights, vanishing_gradient, saturated_units, dead_units,
        regularisation, updates, optimizer_settings, network_too_small, learning_rate, seed_lottery,
    )
)
