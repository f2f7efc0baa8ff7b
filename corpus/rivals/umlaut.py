"""UMLAUT's heuristics (CHI 2021), by its messages and their limits: https://github.com/BerkeleyHCI/umlaut."""

import numpy as np

from corpus.rivals.trace import Trace

LEAST, MOST = -1.0, 1.0  # heuristics.py: "input value less than the typical value of -1", "greater than … 1"
HIGH, LOW = 0.01, 1e-7  # check_learning_rate_range
SUSPICIOUS = 0.95  # check_high_validation_acc
ABOVE = 0.05  # likewise: validation above training
SETTLED = 3  # epochs before that is looked at
HALF = 0.5  # check_dropout_p_less_than_half


def said(trace: Trace) -> list[str]:
    """Before training, then epoch by epoch, in its own order."""
    found = []
    last = trace.looks[0] if trace.looks else []
    if last and trace.loss in ("BCELoss", "NLLLoss") and last[-1].activation != "Softmax":
        found.append("output_activation")  # "Missing softmax layer before loss"
    if any(layer.activation == "" for layer in last[:-1]):
        found.append("no_nonlinearity")  # "Missing activation functions"
    if last and last[-1].activation not in ("", "Softmax"):
        found.append("activation_twice")  # "Last model layer has nonlinear activation"
    if trace.dropout > HALF:
        found.append("dropout_too_strong")
    if np.isnan(trace.inputs).any():
        found.append("nonfinite_data")
    elif trace.inputs.min() < LEAST or trace.inputs.max() > MOST:
        found.append("features_unscaled")  # "Input data exceeds typical limits"
    if trace.lr > HIGH:
        found.append("learning_rate_too_high")
    elif trace.lr < LOW:
        found.append("learning_rate_too_low")
    loss, held = trace.curve("loss"), trace.curve("val_loss")
    if len(held) > 1 and ((np.diff(held) > 0) & (np.diff(loss) <= 0)).any():
        found.append("overfitting")
    score, judged = trace.curve("score")[SETTLED:], trace.curve("val_score")[SETTLED:]
    if trace.task != "numbers" and len(judged) and ((judged > SUSPICIOUS) | (judged - score > ABOVE)).any():
        found.append("test_rows_in_training")  # "Check validation accuracy"
    return found
