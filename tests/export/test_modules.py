"""Every module of the library, and networks of a user's own, in every format: exported and judged, or refused."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.export import judges
from tests.export.table import CASES, REFUSED, SINGLE, WITHOUT_A_FORM, Residual
from tests.nn.table import MODULES

FORMATS = {"onnx": ".onnx", "numpy": ".py", "c": ".c", "javascript": ".mjs"}
EXPORTED = [case for case in CASES if case.name not in REFUSED]


def exported(kind, case, folder, name="net"):
    """The network in float32, its inputs, and the file."""
    cr.manual_seed(7)
    model = case.build().float().eval()
    arrays = judges.in_float32(case.arrays)
    path = folder / f"{name}{FORMATS[kind]}"
    made = getattr(cr.export, kind)(model, path, example=tuple(arrays), batch_axis=case.axis)
    return model, arrays, made.files[0]


def test_no_module_is_missing():
    asked = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    modules = {name for name in asked if issubclass(getattr(nn, name), nn.Module)}
    there = {row.name for row in MODULES} | {case.name.partition("(")[0] for case in (*CASES, *SINGLE)}
    assert modules - there - WITHOUT_A_FORM == set()


@pytest.mark.parametrize("case", EXPORTED, ids=str)
def test_onnx_agrees_in_both_runtimes(case, tmp_path):
    model, arrays, path = exported("onnx", case, tmp_path)
    for rows in {1, 2, 7} if case.axis is not None else {0}:
        given = judges.repeated(arrays, case.axis, rows)
        want = judges.answers(model, given)
        judges.agree(judges.onnxruntime_answers(path, given), want, 1e-4, 1e-5)
        judges.agree(judges.reference_answers(path, given), want, 1e-4, 1e-5)


@pytest.mark.parametrize("case", EXPORTED, ids=str)
def test_numpy_gives_the_same_bits(case, tmp_path):
    model, arrays, path = exported("numpy", case, tmp_path)
    for rows in {1, 2, 7} if case.axis is not None else {0}:
        given = judges.repeated(arrays, case.axis, rows)
        made, want = judges.numpy_answers(path, given), judges.answers(model, given)
        assert [array.dtype for array in made] == [array.dtype for array in want]
        assert [np.ascontiguousarray(a).tobytes() for a in made] == [np.ascontiguousarray(a).tobytes() for a in want]


def loops(kind, cases, folder):
    """Files of several networks, rows for each, and what the library answers to them in float64."""
    paths, rows, want = [], [], []
    for place, case in enumerate(cases):
        model, arrays, path = exported(kind, case, folder, f"net{place}")
        paths.append(path)
        rows.append(judges.as_rows(arrays, case.axis))
        want.append(judges.answer_rows(model, arrays, case.axis))
    return paths, rows, want


@judges.needs_cc
@pytest.mark.slow
def test_c_agrees(tmp_path):
    paths, rows, want = loops("c", EXPORTED, tmp_path)
    for case, got, answer in zip(EXPORTED, judges.c_answers(paths, rows), want, strict=True):
        np.testing.assert_allclose(got, answer, rtol=1e-6, atol=1e-6, err_msg=str(case))


@judges.needs_node
def test_javascript_agrees(tmp_path):
    paths, rows, want = loops("javascript", EXPORTED, tmp_path)
    for case, got, answer in zip(EXPORTED, judges.javascript_answers(paths, rows), want, strict=True):
        np.testing.assert_allclose(got, answer, rtol=1e-6, atol=1e-6, err_msg=str(case))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("case", [case for case in CASES if case.name in REFUSED], ids=str)
def test_what_is_refused_says_why(case, kind, tmp_path):
    with pytest.raises(cr.ChainruleError) as found:
        exported(kind, case, tmp_path)
    assert found.value.key == REFUSED[case.name]
    assert found.value.part("try")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", SINGLE, ids=str)
def test_a_loss_of_each_row_is_exported_or_refused(case, tmp_path):
    try:
        model, arrays, path = exported("onnx", case, tmp_path)
    except cr.ChainruleError as error:
        assert error.key in {"losses.element_weights", "export.no_rows"}, error  # noqa: PT017
        return
    judges.agree(judges.onnxruntime_answers(path, arrays), judges.answers(model, arrays), 1e-4, 1e-5)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_mean_over_the_rows_is_refused(kind, tmp_path):
    arrays = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    with pytest.raises(cr.CaptureError):
        getattr(cr.export, kind)(nn.MSELoss(), tmp_path / f"loss{FORMATS[kind]}", example=arrays)
    assert list(tmp_path.iterdir()) == []


def test_layers_become_operators_of_onnx(tmp_path):
    onnx = pytest.importorskip("onnx")
    layers = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(8, 4), nn.LayerNorm(4), nn.GELU(), nn.Softmax(-1),
    )
    cr.export.onnx(layers, tmp_path / "net.onnx", input_shape=(1, 10, 10))
    nodes = [node.op_type for node in onnx.load(tmp_path / "net.onnx").graph.node]
    assert nodes == [
        "Conv", "BatchNormalization", "Relu", "MaxPool", "AveragePool", "Reshape", "Gemm", "LayerNormalization", "Gelu",
        "Softmax",
    ]


def test_equal_weights_keep_their_names(tmp_path):
    onnx = pytest.importorskip("onnx")
    twice = nn.Linear(3, 3)
    model = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3), twice, nn.LayerNorm(3), twice)
    with cr.no_grad():
        model[0].bias.zero_()
        twice.bias.zero_()
    cr.export.onnx(model, tmp_path / "net.onnx", input_shape=(3,))
    names = {array.name for array in onnx.load(tmp_path / "net.onnx").graph.initializer}
    assert names == {f"{place}.{leaf}" for place in range(4) for leaf in ("weight", "bias")}


def test_the_model_is_of_versions_that_runtimes_read(tmp_path):
    onnx = pytest.importorskip("onnx")
    cr.export.onnx(Residual(), tmp_path / "net.onnx", input_shape=(4,))
    model = onnx.load(tmp_path / "net.onnx")
    assert model.ir_version == 10
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 21)]
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    (given,), (answer,) = model.graph.input, model.graph.output
    shapes = [[size.dim_param or size.dim_value for size in v.type.tensor_type.shape.dim] for v in (given, answer)]
    assert shapes == [["rows", 4], ["rows", 4]]
    names = [array.name for array in model.graph.initializer]
    assert {"inner.weight", "inner.bias", "norm.weight", "norm.bias"} <= set(names)
    assert len(names) == len(set(names))
