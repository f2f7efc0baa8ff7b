"""Matrix products by one thread, so that their bits do not depend on how many processors there are."""

import threading
from functools import cache
from typing import Any

_lock = threading.Lock()
_inside = 0
_limit: Any = None


class one_blas_thread:  # noqa: N801 - used like a function
    """Inside the block NumPy's matrix products run on one thread; blocks of several threads may overlap."""

    def __enter__(self) -> None:
        global _inside, _limit  # noqa: PLW0603 - the number of threads is a fact of the process
        with _lock:
            _inside += 1
            if _inside == 1:
                _limit = _controller().limit(limits=1)

    def __exit__(self, *error: object) -> None:
        global _inside, _limit  # noqa: PLW0603 - likewise
        with _lock:
            _inside -= 1
            if _inside == 0:
                _limit.restore_original_limits()
                _limit = None


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
