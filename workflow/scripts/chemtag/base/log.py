"""What a step says: to its log file and to the terminal, and bad input as one sentence."""

import logging
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chemtag.base.problems import InputProblem

logger = logging.getLogger("chemtag")


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
