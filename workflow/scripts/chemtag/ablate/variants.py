"""The variants of a headline: each changes one thing and leaves the rest as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

FAMILIES = ("headline", "metric", "space", "ratio", "elements", "predicted", "oracle")
METRICS = ("euclidean", "manhattan", "mahalanobis")
SCALES = ("raw", "zscore", "error_scaled")
ERROR_WHITENED, ORACLE = "error_whitened", "oracle_whitened"
BIRTH = ("c", "n")
"""Elements that dredge-up changes in giants: they tell of mass and age as well as of birth."""


@dataclass(frozen=True)
class Carried:
    """[Fe/H] as a label transfer gives it: predicted less true is slope (x - mean) + scatter z.

    slope of the residual against the true label (0: unbiased, -1: every star gets the mean);
    scatter in dex, the standard deviation of what is left.
    """

    slope: float
    scatter: float


@dataclass(frozen=True)
class Variant:
    """Elements, ratio, scale, transform and metric that stars are tagged with.

    `transform` is one of `space.chemical.TRANSFORMS`, none, `error_whitened` (the mean covariance
    of the errors becomes the unit matrix) or `oracle_whitened` (that of stars about the centres of
    the other clusters, learnt from the truth). `carried` takes a predicted [Fe/H] for the measured.
    """

    family: str
    name: str
    elements: tuple[str, ...]
    ratio: str
    scale: str
    transform: str
    components: int | None
    metric: str
    carried: Carried | None = None

    @property
    def tagging(self) -> tuple[Any, ...]:
        """All that decides the groups: two variants that share it are one."""
        return (
            frozenset(self.elements), self.ratio, self.scale, self.transform, self.components,
            self.metric, self.carried,
        )  # fmt: skip


def headline_variant(
    elements: Sequence[str], space: Mapping[str, Any], headline: Mapping[str, Any]
) -> Variant:
    """The headline itself, from the sample's elements, its space and its setting of the config."""
    return Variant(
        "headline",
        "headline",
        tuple(elements),
        space["ratio"],
        space["scale"],
        space.get("transform", "none"),
        space.get("components"),
        headline["metric"],
    )


def variants_of(
    headline: Variant, available: Sequence[str], block: Mapping[str, Any]
) -> tuple[list[Variant], list[str]]:
    """The headline and its variants in the families of the config, and what cannot be tried.

    `available` are the elements the stars have, `block` is `ablate` of the config: families,
    components, reliable, predicted. A variant equal to the headline is left out, as the headline
    is in the table; the second list has a sentence for each that cannot be.
    """
    makers = {
        "metric": lambda: _metrics(headline),
        "space": lambda: _spaces(headline, block["components"]),
        "ratio": lambda: _ratios(headline),
        "elements": lambda: _element_sets(headline, available, block["reliable"]),
        "predicted": lambda: _carried(headline, block["predicted"]),
        "oracle": lambda: [
            replace(headline, family="oracle", name="oracle_whitened", transform=ORACLE,
                    components=None)
        ],
    }  # fmt: skip
    found, skipped = [headline], []
    for family in FAMILIES[1:]:
        if family not in block["families"]:
            continue
        for variant in makers[family]():
            reason = _impossible(variant, available)
            if reason:
                skipped.append(f"{variant.name}: {reason}")
            elif variant.tagging != headline.tagging:
                found.append(variant)
    return found, skipped


def _metrics(headline: Variant) -> list[Variant]:
    return [replace(headline, family="metric", name=name, metric=name) for name in METRICS]


def _spaces(headline: Variant, components: Sequence[int]) -> list[Variant]:
    base = replace(headline, family="space", transform="none", components=None)
    found = [replace(base, name=name, scale=name) for name in SCALES]
    found.append(replace(base, name=ERROR_WHITENED, transform=ERROR_WHITENED))
    found.append(replace(base, name="field_whitened", transform="whitened"))
    found.append(replace(base, name="residuals", transform="residuals"))
    found += [replace(base, name=f"pca_{n}", transform="pca", components=n) for n in components]
    return found


def _ratios(headline: Variant) -> list[Variant]:
    return [replace(headline, family="ratio", name=name, ratio=name) for name in ("x_fe", "x_h")]


def _element_sets(
    headline: Variant, available: Sequence[str], reliable: Sequence[str]
) -> list[Variant]:
    base = replace(headline, family="elements")
    own = headline.elements
    found = [
        replace(base, name=f"without_{element}", elements=tuple(e for e in own if e != element))
        for element in own
    ]
    found.append(replace(base, name="reliable", elements=tuple(e for e in own if e in reliable)))
    if set(BIRTH) & {*own, *available}:
        bare = tuple(e for e in own if e not in BIRTH)
        found.append(replace(base, name="without_c_n", elements=bare))
        found.append(replace(base, name="with_c_n", elements=(*bare, *BIRTH)))
    return found


def _carried(headline: Variant, block: Mapping[str, float]) -> list[Variant]:
    slope, scatter = block["slope"], block["scatter"]
    changes = {
        "predicted_fe": Carried(slope, scatter),
        "predicted_fe_unbiased": Carried(0.0, scatter),
        "predicted_fe_bias_alone": Carried(slope, 0.0),
    }
    return [
        replace(headline, family="predicted", name=name, carried=carried)
        for name, carried in changes.items()
    ]


def _impossible(variant: Variant, available: Sequence[str]) -> str:
    lacking = [element for element in variant.elements if element not in available]
    if lacking:
        return f"the stars have no {', '.join(lacking)}"
    if len(variant.elements) < 2:
        return f"{len(variant.elements)} of the sample's elements are left, two are needed"
    if variant.carried is not None and "fe" not in variant.elements:
        return "the sample has no fe"
    if variant.transform == "pca" and (variant.components or 0) > len(variant.elements):
        return f"the sample has {len(variant.elements)} elements"
    if variant.transform == "residuals" and not {"fe", "mg"} < set(variant.elements):
        return "residuals need fe, mg and another element"
    return ""
