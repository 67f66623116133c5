"""How far a long loop is, said every ten seconds and not more often."""

import logging
import time

from chemtag.base.log import log_progress


def test_progress_is_said_every_ten_seconds(monkeypatch, caplog):
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    with caplog.at_level(logging.INFO, logger="chemtag"):
        assert list(log_progress("abcdefgh", 8, "draws")) == list("abcdefgh")
    # one look at the clock before the first item and one after each, 4 s apart
    assert [record.getMessage() for record in caplog.records] == [
        "3 of 8 draws, about 20 s left",
        "6 of 8 draws, about 8 s left",
    ]


def test_an_early_end_is_no_error():
    for item in log_progress(range(9), 9, "steps at most"):
        if item == 2:
            break
    assert item == 2
