"""The null of the tagger of known width: samples without a group, for benchmarks/tagger.py."""

import argparse
import time

import numpy as np
from scipy.stats import kstest
from tagger_cases import ROOT, field_case, read_giants, real_case, signal_of
from tagger_rows import keep, summary

from chemtag.survey.simulation import read_recipe
from chemtag.tag.scan.extremes import fit_extremes
from chemtag.tag.scan.field import fit_field
from chemtag.tag.scan.null import null_evidence
from chemtag.tag.scan.sample import make_sample


def null(options: argparse.Namespace) -> None:
    """Samples without a group: their cost, and whether smaller ones foretell the largest evidence.

    The law of the largest evidence (chemtag.tag.scan.extremes) is fitted to draws of at most a
    quarter of the stars; the p-values it gives draws of all stars should be uniform.
    """
    giants = read_giants(options.giants) if options.giants else None
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    for n_field in options.n_field:
        if giants:
            case = real_case(giants, n_field, 0, hidden=False)
        else:
            case = field_case(recipe, n_field, 0)
        sample = make_sample(*signal_of(case))
        field = fit_field(sample, options.field, 0)
        for kind in options.kinds:
            start = time.process_time()
            whole = null_evidence(sample, field, kind, range(*options.seeds), 0)
            seconds = (time.process_time() - start) / max(len(whole), 1)
            largest = whole.evidence.max(axis=1)
            row = {
                "n_field": n_field, "method": f"{'real' if giants else 'simulated'} {kind}",
                "seed": options.seeds[0], "draws": len(whole), "cpu_a_draw": seconds,
                "components": len(field.mixture), "axes": sample.z.shape[1],
                "median": np.median(largest), "p95": np.quantile(largest, 0.95),
            }  # fmt: skip
            parts = null_evidence(
                sample, field, kind, range(0 if giants else options.draws), 1, len(sample) // 4
            )
            if len(parts) and parts.n_stars[0] < len(sample):
                law = fit_extremes(parts.n_stars, parts.evidence.max(axis=1))
                p = law.p_family(largest, len(sample))
                centre = law.location + law.slope * np.log(len(sample))
                row |= {
                    "law_median": centre + 0.3665 * law.scale, "slope": law.slope,
                    "scale": law.scale, "above_5_percent": (p <= 0.05).mean(),
                    "uniform": kstest(p, "uniform").pvalue,
                }  # fmt: skip
            keep(options, [row])
            summary([row], ["n_field", "method"])
