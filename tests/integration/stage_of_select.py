"""The scripts of the stages `select` and `space` as functions of a catalogue held in memory."""

from chemtag.base.tables import read_table, write_table
from make_space import make_space
from select_stars import select_stars

ELEMENTS = ["fe", "mg", "si"]
BITMASKS = "resources/bitmasks"
PLAIN = {
    "duplicates": "first",
    "missing": {"policy": "complete", "max_fraction": 0.2, "neighbours": 2},
}


class Stage:
    """The two scripts on a catalogue in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.abundances = folder / "a.parquet"

    def select(self, table, cuts, keep="all", elements=ELEMENTS, ratio="x_fe", listed=None):
        labelled = table[table["cluster"] != ""].drop_duplicates("star_id")
        members = labelled[["star_id", "cluster"]].assign(probability=1.0, source="hand")
        write_table(members, self.folder / "members.ecsv", "members")
        stars = table.drop(columns="cluster")
        write_table(stars, self.folder / "stars.parquet", "stars", {"ratio": ratio})
        select_stars(
            stars=self.folder / "stars.parquet",
            members=self.folder / "members.ecsv",
            abundances=self.abundances,
            funnel=self.folder / "funnel.ecsv",
            sample="demo",
            keep=keep,
            features=list(elements),
            cuts=cuts,
            predicted=[],
            listed=listed,
        )
        sample = read_table(self.abundances, "abundances")
        return sample, read_table(self.folder / "funnel.ecsv", "funnel")

    def space(self, ratio="x_fe", scale="raw", error_conversion="quadrature"):
        path = self.folder / "space.parquet"
        make_space(
            self.abundances,
            path,
            self.folder / "errors.parquet",
            "demo_space",
            ratio,
            scale,
            error_conversion,
        )
        return read_table(path, "space")
