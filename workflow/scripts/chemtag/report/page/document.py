"""The page itself, from its template and what it shows."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bokeh
from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chemtag.report.page.plots import embedded_plots
from chemtag.report.page.sample_map import SampleMap

# Scripts of the page, in the order in which they need each other.
OWN_SCRIPTS = ("page.tables.js", "page.save.js", "page.paint.js", "page.js")


def page_text(templates: Path, samples: Mapping[str, SampleMap], shown: Mapping[str, Any]) -> str:
    """Return the HTML of the page, with all it needs inside: no other file, no network.

    `templates` holds page.html, page.css and `OWN_SCRIPTS`; `shown` are the further names of
    page.html (run, figures, tables, ...).
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    plots = embedded_plots(samples)
    about = {name: sample.about for name, sample in samples.items()}
    own = "\n".join((templates / name).read_text(encoding="utf-8") for name in OWN_SCRIPTS)
    page = environment.get_template("page.html").render(
        **shown,
        library=library_scripts(),
        css=(templates / "page.css").read_text(encoding="utf-8"),
        js=in_script(own),
        about=in_script(json.dumps(about, separators=(",", ":"))),
        document=in_script(plots.document),
        roots=in_script(plots.roots),
        samples=about,
        bokeh_version=bokeh.__version__,
    )
    return with_own_scripts_only(page)


def with_own_scripts_only(page: str) -> str:
    """Return the page with the digests of its scripts in its policy: a browser runs no others.

    Neither a link, a name nor a cell can bring one in. Browsers take line ends as one character
    before they compute the digest.
    """
    page = page.replace("\r\n", "\n").replace("\r", "\n")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in scripts)
    allowed = " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
    return page.replace("SCRIPTS-OF-THE-PAGE", allowed, 1)


def library_scripts() -> list[str]:
    """Return the scripts of BokehJS that the plots need: its core and the drawing by WebGL."""
    resources = Resources(mode="inline", components=["bokeh", "bokeh-gl"], log_level="error")
    return [in_script(text) for text in resources.js_raw]


def in_script(text: str) -> str:
    """Return text that cannot end the script element it stands in."""
    return re.sub(
        r"</(?=script)|<(?=!--)", lambda m: m.group().replace("<", "\\u003c"), text, flags=re.I
    )
