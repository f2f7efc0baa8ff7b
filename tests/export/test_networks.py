"""Random networks, in every format, against the library."""

import numpy as np
import pytest

import chainrule as cr
from tests.export import judges
from tests.export.networks import network

DAY, NIGHT = 12, 150


def held(seeds, folder):
    paths = {"c": [], "javascript": []}
    rows, want = [], []
    for seed in seeds:
        case = network(seed)
        model, arrays = case.build().eval(), judges.in_float32(case.arrays)
        shape = arrays[0].shape[1:]
        onnx, numpy = folder / f"net{seed}.onnx", folder / f"net{seed}.py"
        cr.export.onnx(model, onnx, input_shape=shape)
        cr.export.numpy(model, numpy, input_shape=shape)
        for given in (arrays, [arrays[0][:1]]):
            answer = judges.answers(model, given)
            judges.agree(judges.onnxruntime_answers(onnx, given), answer, 1e-4, 1e-5)
            judges.agree(judges.reference_answers(onnx, given), answer, 1e-4, 1e-5)
            judges.agree(judges.numpy_answers(numpy, given), answer, 1e-6, 1e-6)
        for kind, end in (("c", "c"), ("javascript", "mjs")):
            paths[kind].append(folder / f"net{seed}.{end}")
            getattr(cr.export, kind)(model, paths[kind][-1], input_shape=shape)
        rows.append(judges.as_rows(arrays, 0))
        want.append(judges.answer_rows(model, arrays, 0))
    return paths, rows, want


def judged(seeds, folder):
    paths, rows, want = held(seeds, folder)
    for kind, run in (("c", judges.c_answers), ("javascript", judges.javascript_answers)):
        for seed, got, answer in zip(seeds, run(paths[kind], rows), want, strict=True):
            np.testing.assert_allclose(got, answer, rtol=1e-6, atol=1e-6, err_msg=f"{kind}, network {seed}")


@judges.needs_cc
@judges.needs_node
@pytest.mark.slow
def test_random_networks_agree(tmp_path):
    judged(range(DAY), tmp_path)


@judges.needs_cc
@judges.needs_node
@pytest.mark.night
@pytest.mark.parametrize("first", range(0, NIGHT, 25))
def test_many_random_networks_agree(first, tmp_path):
    judged(range(first, first + 25), tmp_path)
