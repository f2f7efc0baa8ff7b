"""Floor 7: estimators under scikit-learn's names, for its pipelines and searches. Public as `chainrule.sklearn`.

An estimator checks what it is given, builds a network of `nn`, and lets `Trainer` train it; there is no second loop.
One thing a file: `labels`, `weighing`, `watching` and so on; `estimator.py` is what both have in common. May import:
floors 0 to 6, and scikit-learn, which nothing else in the package needs.
"""

from typing import Any

from chainrule.errors import MissingExtraError
from chainrule.lazy import attach

_find, __dir__, __all__ = attach(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _find(name)
    except ImportError as error:  # none, or one from before 1.6, which lacks names that are needed
        if str(error.name).split(".")[0] != "sklearn":
            raise
        raise MissingExtraError("sklearn.missing", f"chainrule.sklearn.{name}", why=error.msg) from error
