"""Weights in bytes: what they are, what they cost, the same in every format."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.export.quantising import in_bytes
from tests.export import judges

ROWS = np.random.default_rng(6).normal(size=(200, 6)).astype(np.float32)
FORMATS = {"onnx": "onnx", "numpy": "py", "c": "c", "javascript": "mjs"}


def build():
    cr.manual_seed(2)
    return nn.MLP([6, 40, 40, 4], activation="relu", norm="layer").eval()


def rounded(model):
    """The same network with each row of its matrices rounded by the formula."""
    copy = build()
    copy.load_state_dict(model.state_dict())
    with cr.no_grad():
        for parameter in copy.parameters():
            if parameter.ndim > 1:
                w = parameter.numpy()
                s = np.abs(w).max(1, keepdims=True) / 127
                parameter.copy_(cr.tensor((np.round(w / s) * s).astype(np.float32)))
    return copy


@pytest.fixture(scope="module")
def model():
    return build()


@pytest.mark.parametrize("kind", FORMATS)
def test_the_loss_of_accuracy_is_measured(kind, model, tmp_path):
    made = getattr(cr.export, kind)(
        model, tmp_path / f"net.{FORMATS[kind]}", input_shape=(6,), weights="int8", data=ROWS
    )
    off = np.abs(judges.answers(rounded(model), [ROWS])[0] - judges.answers(model, [ROWS])[0])
    same = (judges.answers(rounded(model), [ROWS])[0].argmax(1) == judges.answers(model, [ROWS])[0].argmax(1)).mean()
    found = made.deviation
    assert found.rows == 200
    np.testing.assert_allclose([found.largest, found.mean], [off.max(), off.mean()], rtol=1e-3)
    assert found.same_class == same
    assert 0 < found.largest < 0.2
    assert f"{found.same_class:.2%}" in str(made)


def test_onnx_holds_bytes(model, tmp_path):
    onnx = pytest.importorskip("onnx")
    cr.export.onnx(model, tmp_path / "net.onnx", input_shape=(6,), weights="int8", data=ROWS)
    (want,) = judges.answers(rounded(model), [ROWS])
    for answers in (judges.onnxruntime_answers, judges.reference_answers):
        judges.agree(answers(tmp_path / "net.onnx", [ROWS]), [want], 1e-4, 1e-5)
    kinds = [array.data_type for array in onnx.load(tmp_path / "net.onnx").graph.initializer]
    assert kinds.count(onnx.TensorProto.INT8) == 3
    cr.export.onnx(model, tmp_path / "float.onnx", input_shape=(6,))
    assert (tmp_path / "net.onnx").stat().st_size < 0.6 * (tmp_path / "float.onnx").stat().st_size


def test_numpy_holds_bytes(model, tmp_path):
    cr.export.numpy(model, tmp_path / "net.py", input_shape=(6,), weights="int8", data=ROWS)
    (want,) = judges.answers(rounded(model), [ROWS])
    judges.agree(judges.numpy_answers(tmp_path / "net.py", [ROWS]), [want], 1e-5, 1e-5)
    assert '"|i1"' in (tmp_path / "net.py").read_text()


@judges.needs_cc
@judges.needs_node
def test_loops_hold_bytes(model, tmp_path):
    cr.export.c(model, tmp_path / "net.c", input_shape=(6,), weights="int8", data=ROWS)
    cr.export.javascript(model, tmp_path / "net.mjs", input_shape=(6,), weights="int8", data=ROWS)
    want = judges.answer_rows(rounded(model), [ROWS], 0)
    rows = [ROWS.astype(np.float64)]
    for got in (judges.c_answers([tmp_path / "net.c"], rows), judges.javascript_answers([tmp_path / "net.mjs"], rows)):
        np.testing.assert_allclose(got[0], want, rtol=1e-5, atol=1e-5)
    assert "static const signed char" in (tmp_path / "net.c").read_text()
    assert "new Int8Array" in (tmp_path / "net.mjs").read_text()


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.ConvTranspose2d(3, 2, 3), (3, 5, 5)), (nn.Conv2d(3, 4, 3), (3, 5, 5)), (nn.Conv1d(2, 4, 3), (2, 6)),
        (nn.LSTM(3, 4, batch_first=True), (5, 3)),
    ],
    ids=str,
)
def test_filters_and_recurrent_weights_in_every_format(layer, shape, tmp_path):
    rows = np.random.default_rng(1).normal(size=(5, *shape)).astype(np.float32)
    made = [
        getattr(cr.export, kind)(layer, tmp_path / f"net.{end}", input_shape=shape, weights="int8", data=rows)
        for kind, end in FORMATS.items()
    ]
    assert len({report.deviation.largest for report in made}) == 1
    onnx = judges.onnxruntime_answers(tmp_path / "net.onnx", [rows])
    judges.agree(judges.numpy_answers(tmp_path / "net.py", [rows]), onnx, 1e-4, 1e-5)
    exact = judges.answers(layer, [rows])
    off = max(np.abs(a - b).max() for a, b in zip(onnx, exact, strict=True))
    assert off == pytest.approx(made[0].deviation.largest, rel=1e-2)
    assert 0 < off < 0.05


def test_bytes_are_the_nearest_ones():
    array = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32) * np.logspace(-3, 3, 5)[:, None]
    array[2] = 0
    held = in_bytes(array.astype(np.float32), 0)
    assert held.whole.dtype == np.int8
    assert np.abs(held.whole).max() == 127
    assert (np.abs(held.array - array) <= held.scale[:, None] * 0.5001).all()
    assert (held.array[2] == 0).all()


def test_what_has_no_output_channels_stays_as_it_is(tmp_path):
    made = cr.export.onnx(nn.LayerNorm(6), tmp_path / "net.onnx", input_shape=(6,), weights="int8", data=ROWS)
    assert made.deviation.largest == 0
