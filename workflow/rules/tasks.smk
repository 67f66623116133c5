"""Functions of the tasks of label transfer that rules of `predict` and figures share; no rules."""

from chemtag.base.derived import labels_in_windows


def title_of_task(task):
    """Title of a task of label transfer on figures."""
    return config["predict"][task].get("title", task)


def described_tasks():
    """What the page says of each task of label transfer, by name."""
    return {task: {"title": title_of_task(task)} for task in config["predict"]}


def quantity_of_task(task):
    """Name on figures of the label that a task carries over."""
    block = config["predict"][task]
    return block.get("quantity", block["target"])


def file_of_task(key, inside=None):
    """A table that a task names: one of the run (`<results>/...`), or a file that must exist."""

    def path(wildcards):
        block = config["predict"][wildcards.task]
        if inside is not None:
            if inside not in block:
                return []
            block = block[inside]
        if block[key].startswith("<results>/"):
            return block[key]
        place = "/".join(
            part for part in ("predict", wildcards.task, inside, key) if part
        )
        return file_of({"path": block[key]}, place)

    return path


def labels_of_windows(wildcards):
    """Predicted labels of the stars of a sample that its windows name."""
    tasks = labels_in_windows(config["samples"][wildcards.sample]["cuts"])
    return [f"<results>/predict/{task}.catalogue.parquet" for task in tasks]


def block_of_task(wildcards):
    """A task as the config has it, but for the catalogue that it is applied to."""
    block = config["predict"][wildcards.task]
    return {key: value for key, value in block.items() if key != "apply"}


def content_of_labels(wildcards, input):
    """Digest of the user's own tables of a task: a replaced file may be older than the results."""
    return digest_of_tables([input.table, input.spectra])
