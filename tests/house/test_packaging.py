"""What the package says of itself: what it needs is declared, and what belongs into it is in it."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from tests.house import source

PROJECT = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED_AS = {"scikit-learn": "sklearn", "tensorboardx": "tensorboardX"}
USERS = ("fast", "viz", "sklearn", "tensorboard", "pandas", "data", "onnx", "tune")


def _declared(requirements):
    names = (re.split(r"[\[<>=!~ ;]", requirement)[0].lower() for requirement in requirements)
    return {IMPORTED_AS.get(name, name) for name in names}


def _imported(typing_too=True):
    rows = {}
    for module in source.modules().values():
        for found in source.imports(module):
            top = found.module.split(".")[0]
            if top not in sys.stdlib_module_names and top != "chainrule" and (typing_too or not found.typing_only):
                rows.setdefault(top, f"{module.where}:{found.line}")
    return rows


def test_every_import_is_declared():
    extras = PROJECT["optional-dependencies"]
    declared = _declared(PROJECT["dependencies"]).union(*(_declared(extras[name]) for name in USERS))
    # In a notebook its display is there, and nothing else asks for it.
    assert {name: where for name, where in _imported().items() if name not in declared | {"IPython"}} == {}


def test_every_dependency_is_imported():
    assert _declared(PROJECT["dependencies"]) - set(_imported(typing_too=False)) == set()


def test_all_means_every_extra_for_users():
    assert PROJECT["optional-dependencies"]["all"] == [f"chainrule[{','.join(USERS)}]"]


def test_the_tests_run_with_one_blas_thread_a_process():
    import numpy as np
    from threadpoolctl import threadpool_info

    np.ones((2, 2)) @ np.ones((2, 2))
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}


def test_version_is_said_once():
    assert importlib.metadata.version("chainrule") == PROJECT["version"]


@pytest.mark.night
def test_the_wheel_has_words_data_and_types(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path, source.ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    kinds = ("**/*.py", "**/*.pyi", "messages/*.toml", "data/files/*", "py.typed")
    wanted = [path for kind in kinds for path in source.PACKAGE.glob(kind) if path.is_file()]
    assert {path.relative_to(source.ROOT).as_posix() for path in wanted} - inside == set()
    assert not [name for name in inside if not name.startswith(("chainrule/", "chainrule-"))]
    assert wheel.stat().st_size < 2_000_000
