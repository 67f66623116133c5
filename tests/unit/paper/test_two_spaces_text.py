"""What the manuscript says of the same stars in two spaces, from numbers made here."""

import pandas as pd
import pytest
from test_manuscript import numbers_of, sample, typeset, words_of

from chemtag.paper.space_numbers import two_space_numbers

CLAIM = "not what limits chemical tagging"
LEAF = ("hdbscan_leaf", "own")
KMEANS = ("kmeans", "oracle")
# RF40 by motions and by abundances
ALONE = {LEAF: (1.0, 0.38), KMEANS: (0.62, 0.81)}
FIELD = {LEAF: (1.0, 0.0), KMEANS: (0.0, 0.0)}


def two_spaces(key, n_field, scores):
    """Numbers of a sample of 469 members; intervals reach 0.05 to both sides."""
    rows = [
        {"view": view, "algorithm": name, "label": name, "board": board, "metric": metric,
         "value": value, "low": value - 0.05, "high": value + 0.05, "null_mean": 0.0,
         "null_p95": 0.0, "p_value": 0.01, "note": "", "reason": ""}
        for (name, board), (motion, chemistry) in scores.items()
        for view, found in (("motion", motion), ("chemistry", chemistry), ("both", motion))
        for metric, value in (("rf40", found), ("statistical_40", 0.2))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.attrs = {"n_stars": 469 + n_field, "n_members": 469, "n_clusters": 16}
    return two_space_numbers(table, key, f"compare/{key}.two_spaces.ecsv")


def told(tmp_path, compared, **catalog):
    """Words of the manuscript of samples by name: stars of the field, and scores."""
    numbers, samples = numbers_of("one", 12, False), []
    for key, (n_field, scores) in compared.items():
        numbers |= two_spaces(key, n_field, scores)
        samples.append(sample(key, members_only=not n_field, **catalog))
    pdf = typeset(tmp_path / "run", numbers, [sample("one")], ["story"], compared_spaces=samples)
    return words_of(pdf)


def said(words, sentence):
    """Whether a sentence is in the text, in one piece or in two: columns come in any order."""
    parts = sentence.split()
    return any(
        " ".join(parts[:at]) in words and " ".join(parts[at:]) in words
        for at in range(1, len(parts) + 1)
    )


def test_the_claim_is_of_the_best_algorithms_among_field_stars(tmp_path):
    words = told(tmp_path, {"alone": (0, ALONE), "field": (2600, FIELD)})
    assert "Of members alone (Sample alone) density-based groups have RF40 = 1.00" in words
    assert "Among 2,600 field stars (Sample field) density-based groups have RF40 = 1.00" in words
    assert "Among field stars no algorithm compared recovers by abundances what the best" in words
    assert "(RF40 of the best: 0.00 (−0.05–0.05) against 1.00 (0.95–1.05))" in words
    assert CLAIM in words


def test_of_members_alone_it_says_what_those_told_the_number_recover(tmp_path):
    words = told(tmp_path, {"alone": (0, ALONE)})
    assert CLAIM not in words
    assert (
        "By abundances of members alone the best algorithm that is told the number of clusters has "
        "RF40 = 0.81 (0.76–0.86), the best that is told nothing 0.38 (0.33–0.43)." in words
    )


@pytest.mark.parametrize("chemistry", [0.92, 1.0])
def test_an_algorithm_that_may_be_as_good_by_abundances_takes_the_claim_away(tmp_path, chemistry):
    better = FIELD | {KMEANS: (0.0, chemistry)}
    assert CLAIM not in told(tmp_path, {"field": (2600, better)})


def test_the_stars_are_what_their_catalogue_says(tmp_path):
    words = told(tmp_path, {"field": (2600, FIELD)})
    assert said(words, "The stars of Sample field are observed (catalogue mine; Somebody 2024).")
    assert "Sample field are simulated" not in words
    assert "simulated by the recipe" not in words
    assert "Around them lie" not in words
    assert "succeeds" not in words


def test_the_recipe_of_a_simulated_cone_is_described(tmp_path):
    words = told(tmp_path, {"alone": (0, ALONE), "field": (2600, FIELD)}, simulated=True,
                 recipe="cone.yaml", catalog="cone", citation="")  # fmt: skip
    for sentence in (
        "The stars of Sample alone and Sample field are simulated (catalogue cone).",
        "simulated by the recipe cone: 16 clusters with 469 members",
        "Around them lie 2,600 field stars of 2 populations",
        "All lie in one cone of 0.8 degrees",
        "is assumed: no survey has them for a whole cone",
    ):
        assert said(words, sentence), sentence


def test_a_best_number_names_its_algorithm_and_has_no_p_value():
    numbers = two_spaces("s", 0, ALONE)
    best = numbers["s.spaces.chemistry.best.rf40"]
    assert (best.value, best.p_value) == (pytest.approx(0.81), None)
    assert "kmeans" in best.note
    assert numbers["s.spaces.chemistry.best_own.rf40"].value == pytest.approx(0.38)
    assert numbers["s.spaces.motion.best_told.rf40"].value == pytest.approx(0.62)
