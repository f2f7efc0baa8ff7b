"""What holds for every test: one BLAS thread a process, English, no screen, its own beginning of the random stream."""

import os

# Before NumPy is imported for the first time: BLAS reads these once.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["CHAINRULE_LANG"] = "en"
for name in ("CHAINRULE_CACHE", "CHAINRULE_ENGINE", "CHAINRULE_NUM_THREADS", "CHAINRULE_PROGRESS"):
    os.environ.pop(name, None)

import signal
import sys
from collections.abc import Iterator

import hypothesis
import pytest

from chainrule import config, language
from chainrule.tensors.random import default_generator

# A shell that runs the tests in the background lets them ignore Ctrl-C, and so would every program they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Programs: importing one to look for doctests would run it.
collect_ignore_glob = ["tests/acceptance/[0-9]*.py", "tests/programs/pytorch/*.py"]

_quiet = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow], "database": None}
hypothesis.settings.register_profile("day", max_examples=40, derandomize=True, **_quiet)
hypothesis.settings.register_profile("night", max_examples=1_000, print_blob=True, **_quiet)
hypothesis.settings.load_profile("day")


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    """Begin the global random stream anew, and leave settings, language and figures as they were."""
    settings, spoken = dict(config._values), list(language._chosen)
    default_generator.manual_seed(0)
    yield
    config._values.update(settings)
    language._chosen[:] = spoken
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
