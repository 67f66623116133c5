"""What a step says: to its log file and to the terminal, and bad input as one sentence."""

import logging
import sys
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from chemtag.base.problems import InputProblem

logger = logging.getLogger("chemtag")
Item = TypeVar("Item")
EVERY = 10.0
"""Seconds between two words on how far a long loop is."""


@contextmanager
def log_to(path: str | Path) -> Iterator[None]:
    """Send the `chemtag` logger, warnings and any traceback to `path`; end the step on failure.

    `InputProblem` prints as its one sentence on the terminal and in the log; any other exception
    leaves its traceback in the log and on the terminal. Both end the process with status 1.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(target, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    logger.setLevel(logging.INFO)
    warnings.simplefilter("default")
    logging.captureWarnings(True)
    try:
        yield
    except InputProblem as problem:
        logger.error("%s", problem)
        print(f"chemtag: {problem}", file=sys.stderr)
        sys.exit(1)
    except Exception:
        logger.error("%s", traceback.format_exc())
        traceback.print_exc()
        sys.exit(1)
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        handler.close()


def log_progress(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Pass `items` on, saying every 10 seconds how many of the `total` are done and the time left.

    An item is done when the next is asked for, whether the work is in making or in using it.
    """
    start = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last > EVERY:
            left = (now - start) / done * (total - done)
            logger.info("%d of %d %s, about %.0f s left", done, total, what, left)
            last = now
