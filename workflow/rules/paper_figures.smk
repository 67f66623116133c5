"""Figures of the stage `paper`: a rule for each entry of workflow/figures.yaml.

Needs the tables that the entries name; makes `<results>/paper/figures/`; reads `samples/*/{label,
elements, spaces, headline}`, `spaces/*/scale`, `predict/*/{title,
quantity, unit}` and the keys of the config that the entries name.
"""

FIGURES = of_checkout(
    yaml.load(
        (SCRIPTS.parent / "figures.yaml").read_text(encoding="utf-8"),
        SAFE_LOADER,
    )
)

# Parameters of figures that are more than a key of the config.
FIGURE_PARAMS = {
    "label": sample_label,
    "labels": sample_labels(),
    "scanned": scanned_samples(),
    "repeated": repeated_samples(),
    "compared_spaces": {sample: label_of(sample) for sample in samples_in_two_spaces()},
    "element_keys": of_config("samples/{sample}/elements"),
    "space": of_config("samples/{sample}/headline/space"),
    "spaces": of_config("samples/{sample}/spaces"),
    "scale": lambda wildcards: headline_space_block(wildcards)["scale"],
    "setting": headline_setting,
    "headlines": {
        sample: setting_name(**config["samples"][sample]["headline"])
        for sample in samples_with_truth()
    },
    "published_samples": samples_of_recipe("resources/recipes/highres.yaml"),
    "title": lambda wildcards: title_of_task(wildcards.task),
    "quantity": lambda wildcards: quantity_of_task(wildcards.task),
    "unit": of_config("predict/{task}/unit"),
    "level": of_config("predict/{task}/interval/level"),
}
# Options that name the tables of several samples, by what their paths hold; else `labels`.
NAMED_BY = {
    "{sample}.scan.": "scanned",
    "{sample}.repeats": "repeated",
    "{sample}.two_spaces": "compared_spaces",
}
# Figures of which there are several by name: `of`, and the wildcard of their files.
SEVERAL = ("sample", "task")


def samples_with(figure):
    """Samples or tasks that have a figure by the config; of a figure of the run one without name."""
    entry = FIGURES[figure]
    scored = samples_with_truth()
    if entry["of"] == "task":
        tasks = config["predict"].items()
        return [name for name, task in tasks if task.get(entry.get("when"), True)]
    if "when" in entry and not of_config(entry["when"], default=None):
        return []
    if entry["of"] != "sample":
        several = any("{sample}" in path for path in entry["input"].values())
        return [""] if scored or not several else []
    named = list(whole_samples()) if "blind" in entry else scored
    if "samples" in entry:
        asked = (
            vetted_samples()
            if entry["samples"] == "vetted"
            else of_config(entry["samples"], default=[])
        )
        named = [asked] if isinstance(asked, str) else asked
    stars = entry.get("stars")
    chemical = {
        "some": [s for s, block in config["samples"].items() if block["elements"]],
        "only": [s for s in config["samples"] if not has_astrometry(s, config)],
    }.get(entry.get("chemistry"), list(config["samples"]))
    return [
        name
        for name in named
        if name in chemical
        and stars in (None, config["samples"][name]["stars"])
        and not (entry.get("once") and has_twin_of_members(name))
    ]


def has_twin_of_members(sample):
    """Whether the sample has field stars and another holds its members alone, all else equal."""
    what = ("catalog", "elements", "cuts", "headline", "truth", "min_members")
    one = config["samples"][sample]
    return one["stars"] != "members" and any(
        other["stars"] == "members"
        and all(other.get(key) == one.get(key) for key in what)
        for other in config["samples"].values()
    )


def figures_drawn(pattern, having=lambda entry: True, among=None):
    """`pattern` with {figure} (map_field) and {suffix} of its drawn data, for each that is made.

    `among` leaves figures of other samples out.
    """
    return [
        pattern.format(
            figure=f"{figure}_{sample}" if sample else figure,
            suffix=entry.get("file", "ecsv"),
        )
        for figure, entry in FIGURES.items()
        if having(entry)
        for sample in samples_with(figure)
        if among is None or sample in ("", *among)
    ]


def figures_of(target):
    """The figures, as PDF, that a stage makes when it is asked for alone."""
    return figures_drawn(
        "<results>/paper/figures/{figure}.pdf",
        lambda entry: entry.get("target", "paper") == target,
    )


def files_for_figure(entry):
    """What the rule of a figure reads, by name."""
    found = {}
    for name, path in entry["input"].items():
        if path == "truth":
            path = "<results>/select/{sample}.truth.parquet"
        if name in entry.get("blind", []):
            found[name] = if_scored(path)
        elif path.startswith("<results>/cmd/"):
            found[name] = if_judged(path)
        elif entry["of"] not in SEVERAL and "{sample}.scan." in path:
            found[name] = collect(path, sample=scanned_samples())
        elif "{sample}.repeats" in path:
            found[name] = collect(path, sample=repeated_samples())
        elif "{sample}.two_spaces" in path:
            found[name] = collect(path, sample=FIGURE_PARAMS["compared_spaces"])
        elif entry["of"] not in SEVERAL:
            found[name] = of_each_headline(path) if "{sample}" in path else path
        elif "{spaces}" in path:
            found[name] = in_each_space(path.replace("{spaces}", "{space}"))
        else:
            found[name] = in_headline_space(path) if "{space}" in path else path
    return found


def params_for_figure(entry):
    """Parameters of the rule of a figure, by name.

    `several` gives, for tables of several samples or spaces, the parameter that names them.
    """
    several = {}
    for name, path in entry["input"].items():
        if "{spaces}" in path:
            several[name] = "spaces"
        elif entry["of"] != "sample" and "{sample}" in path:
            several[name] = next(
                (option for part, option in NAMED_BY.items() if part in path), "labels"
            )
    return {
        "several": several,
        **{name: FIGURE_PARAMS[name] for name in entry.get("params", [])},
        **{name: of_config(key) for name, key in entry.get("config", {}).items()},
    }


for figure, entry in FIGURES.items():
    each = f"{{{entry['of']}}}" if entry["of"] in SEVERAL else ""
    stem = f"{figure}_{each}" if each else figure
    job = f"plot_{figure}/{each}" if each else f"plot_{figure}"
    contract = entry["drawn"] if isinstance(entry["drawn"], str) else f"figure_{figure}"

    rule:
        name:
            f"plot_{figure}"
        input:
            **files_for_figure(entry),
            style=style_sheet(),
        output:
            pdf=f"<results>/paper/figures/{stem}.pdf",
            png=report(
                f"<results>/paper/figures/{stem}.png",
                caption=f"../report/{figure}.rst",
                category=entry["category"],
                labels={
                    entry["of"] if each else "sample": each or entry["of"],
                    "figure": entry["label"],
                },
            ),
            drawn=f"<results>/paper/figures/{stem}.{entry.get('file', 'ecsv')}",
        log:
            f"<logs>/{job}.log",
        benchmark:
            f"<benchmarks>/{job}.jsonl"
        priority: 3 if entry.get("soon") else 0
        group:
            "paper"
        conda:
            "../../envs/paper.yaml"
        resources:
            mem_mb=growing(entry.get("mem_mb", 1000)),
            runtime=growing(10),
        params:
            **params_for_figure(entry),
            code=version_of("plot", f"chemtag/paper/figures/{figure}"),
            figure=figure,
            contract=contract,
        script:
            "../scripts/plot.py"
