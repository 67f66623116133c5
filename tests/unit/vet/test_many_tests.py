"""Draws that a p-value needs to survive the account of many tests."""

import numpy as np
import pytest

from chemtag.vet.verdicts import false_discovery_rate
from chemtag.vet.vetting import MOST_DRAWS, Terms, terms_for


@pytest.mark.parametrize("n", [1, 15, 60, 400])
def test_one_group_of_many_can_be_told(n):
    asked = terms_for({"alpha": 0.05, "draws": 1000}, n)
    smallest = 1 / (1 + asked.draws)
    assert false_discovery_rate(np.array([smallest] + [1.0] * (n - 1)))[0] <= asked.alpha


def test_fewer_draws_than_asked_for_are_never_made_and_no_more_than_most():
    assert terms_for({"draws": 1000}, 3) == Terms(draws=1000)
    assert terms_for({"draws": 1000, "alpha": 0.01}, 3).draws == 1000
    assert terms_for({"draws": 100}, 10**6).draws == MOST_DRAWS
