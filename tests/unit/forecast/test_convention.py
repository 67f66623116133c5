"""The likelihood of Table 2 by hand."""

import numpy as np
import pytest

from chemtag.forecast.convention import NOT_RECOVERED, log_likelihood, outcomes


def test_a_match_on_the_threshold_is_an_outcome_of_at_least_alone():
    match = np.array([0.4, 0.39, 3 / 7, 1.0])
    assert outcomes(match, "at_least").tolist() == [40, NOT_RECOVERED, 43, 100]
    assert outcomes(match, "above").tolist() == [NOT_RECOVERED, NOT_RECOVERED, 43, 100]


def test_likelihood_by_hand():
    """Five stars: 0.4 in three of four draws. Not recovered is likelier with above: 3.5 to 0.5."""
    sizes, matches = np.array([5, 4]), np.array([[0.4, 0], [0.4, 0.5], [0.4, 0.5], [0.6, 0]])
    published = {5: [NOT_RECOVERED]}
    below, at = 4 + 0.5 * 6, 0.5
    assert log_likelihood(published, sizes, matches, "above") == pytest.approx(np.log(3.5 / below))
    assert log_likelihood(published, sizes, matches, "at_least") == pytest.approx(
        np.log(at / below)
    )
    both = log_likelihood({5: [60.0], 4: [50.0, 50.0]}, sizes, matches, "above")
    assert both == pytest.approx(np.log(1.5 / 7) + 2 * np.log(2.5 / 6.5))
    with pytest.raises(ValueError, match="7 stars"):
        log_likelihood({7: [60.0]}, sizes, matches, "above")
