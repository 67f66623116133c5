"""What rules know of the width of a birth cluster, and which samples are scanned with it; no rules."""


def width_settings():
    """What the width of a birth cluster is built of, whatever its source."""
    return {key: config["width"][key] for key in ("scatter", "correlation")}


def settings_of_signal(wildcards):
    """The same for a space with the scale signal, which alone is made of it."""
    signal = config["spaces"][wildcards.space]["scale"] == "signal"
    return width_settings() if signal else None


def scatter_of_space(wildcards):
    """Published scatters within clusters, where the width of the space rests on them."""
    space = config["spaces"][wildcards.space]
    published = space["scale"] == "signal" and space["width"] == "published"
    return config["width"]["published"] if published else []


def scatter_of_scan(wildcards):
    """Published scatters within clusters, where the scan goes by them."""
    published = config["width"]["source"] == "published"
    return config["width"]["published"] if published else []


def scan_settings():
    """How samples are scanned; which ones does not change it."""
    return {k: v for k, v in config["tag"]["scan"].items() if k != "samples"}


def scan_nulls(wildcards):
    """Samples without a group for the p-values of a scan, chunk by chunk."""
    draws, per_job = (
        config["tag"]["scan"][key] for key in ("null_draws", "null_draws_per_job")
    )
    return [
        f"<results>/tag/nulls/{wildcards.sample}.{chunk}.parquet"
        for chunk in range(-(-draws // per_job))
    ]


def members_only(wildcards):
    """Whether the sample has no field stars."""
    return config["samples"][wildcards.sample]["stars"] == "members"


def told_width_samples():
    """Samples that the config asks to scan with the width of other clusters; they need a truth."""
    scored = samples_with_truth()
    return [s for s in config["limits"]["told_width"]["samples"] if s in scored]


def rescanned_samples():
    """Scanned samples with a truth whose scan is tried on shuffled samples and on redraws."""
    asked = config["limits"]["rescans"]["samples"]
    return [s for s in asked if s in scanned_samples()]


def scanned_samples(truth=True):
    """Samples that the config asks to scan, with `truth` those that are scored."""
    scored = samples_with_truth()
    return [s for s in config["tag"]["scan"]["samples"] if s in scored or not truth]
