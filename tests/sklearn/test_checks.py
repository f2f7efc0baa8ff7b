"""`check_estimator`: nothing fails and nothing is excused."""

import json
import os
import subprocess
import sys

import pytest

from tests.house import source

pytest.importorskip("sklearn", minversion="1.6")

CODE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from sklearn.utils.estimator_checks import check_estimator
import chainrule.sklearn
model = getattr(chainrule.sklearn, sys.argv[1])(**json.loads(sys.argv[2]))
rows = [(row["check_name"], row["status"], str(row["exception"])) for row in check_estimator(model, on_fail=None)]
print(json.dumps(rows))
"""

NOT_THERE = {  # skipped because the method does not exist, in scikit-learn's own MLP too
    "check_classifiers_multilabel_output_format_decision_function",
}

SETTINGS = [
    {"batch_size": 4, "max_iter": 20},  # weights against repeated rows in mini-batches
    {"solver": "lbfgs", "max_iter": 20},  # with more a probability is 1, and a check wants it below
]


def _run(name, settings):
    pytest.importorskip("pandas")  # or the checks of frames are left out
    # Read when SciPy is imported: only a new process has it on.
    environment = {**os.environ, "SCIPY_ARRAY_API": "1", "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-c", CODE, name, json.dumps(settings)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row for row in rows if row[1] not in ("passed", "skipped")] == []
    assert {row[0] for row in rows if row[1] == "skipped"} <= NOT_THERE
    return {row[0] for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("MLPClassifier", 60), ("MLPRegressor", 55)])
def test_all_checks_pass_as_it_stands(name, least):
    checks = _run(name, {})
    assert len(checks) >= least
    assert "check_sample_weight_equivalence_on_dense_data" in checks


@pytest.mark.night
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_all_checks_pass_with_other_settings(name, settings):
    _run(name, settings)
