"""Stage `vet`: a sealed catalogue of candidate siblings, then vetted by independent data.

Needs `<results>/select/` and `<results>/tag/`, never a truth; makes `<results>/vet/`; reads `vet`, `tag`,
`samples/*/{headline, label}` and `seed` of the config. The catalogue is sealed by a digest before any other
table is read: all that vets takes the seal as an input and refuses a catalogue that it does not fit.
"""


rule list_candidates:
    """List the groups of a sample as candidate siblings, and seal the list."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        groups=of_its_headline("<results>/tag/{sample}.{space}.groups.parquet"),
        settings=of_its_headline("<results>/tag/{sample}.{space}.settings.ecsv"),
        stability=of_its_headline(
            "<results>/tag/{sample}.{space}.stability.ecsv", drawn=True
        ),
        scan_members=if_scanned("<results>/tag/{sample}.scan.groups.parquet"),
        scan_groups=if_scanned("<results>/tag/{sample}.scan.found.ecsv"),
    output:
        candidates="<results>/vet/{sample}.candidates.ecsv",
        candidate_members="<results>/vet/{sample}.candidate_stars.ecsv",
        seal="<results>/vet/{sample}.seal.json",
    log:
        "<logs>/list_candidates/{sample}.log",
    benchmark:
        "<benchmarks>/list_candidates/{sample}.jsonl"
    conda:
        "../../envs/vet.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("list_candidates"),
        headline=of_config("samples/{sample}/headline"),
        level=of_config("vet/level"),
    script:
        "../scripts/list_candidates.py"


rule publish_candidates:
    """Write the sealed catalogue as VOTable, FITS and in the form of CDS."""
    input:
        candidates="<results>/vet/{sample}.candidates.ecsv",
        candidate_members="<results>/vet/{sample}.candidate_stars.ecsv",
        seal="<results>/vet/{sample}.seal.json",
    output:
        votable="<results>/vet/{sample}/catalogue.vot",
        fits="<results>/vet/{sample}/catalogue.fits",
        readme="<results>/vet/{sample}/ReadMe",
        groups_dat="<results>/vet/{sample}/candidates.dat",
        members_dat="<results>/vet/{sample}/members.dat",
    log:
        "<logs>/publish_candidates/{sample}.log",
    benchmark:
        "<benchmarks>/publish_candidates/{sample}.jsonl"
    conda:
        "../../envs/vet.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("publish_candidates"),
        label=sample_label,
    script:
        "../scripts/publish_candidates.py"


rule cross_identify:
    """Count the stars that candidates share with known clusters and associations."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        candidates="<results>/vet/{sample}.candidates.ecsv",
        candidate_members="<results>/vet/{sample}.candidate_stars.ecsv",
        seal="<results>/vet/{sample}.seal.json",
        aliases=beside_scripts("../resources/clusters/aliases.yaml"),
        known=known_lists,
    output:
        coincidences="<results>/vet/{sample}.coincidences.ecsv",
    log:
        "<logs>/cross_identify/{sample}.log",
    benchmark:
        "<benchmarks>/cross_identify/{sample}.jsonl"
    conda:
        "../../envs/vet.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=version_of("cross_identify"),
        content=content_of_known,
        lists=of_config("vet/known"),
    script:
        "../scripts/cross_identify.py"


rule vet_groups:
    """Vet the candidates of a sample by independent data."""
    input:
        abundances="<results>/select/{sample}.abundances.parquet",
        candidates="<results>/vet/{sample}.candidates.ecsv",
        candidate_members="<results>/vet/{sample}.candidate_stars.ecsv",
        seal="<results>/vet/{sample}.seal.json",
        tables=tables_of_data,
        diagrams=if_judged("<results>/cmd/{sample}.diagrams.ecsv"),
    output:
        vetting="<results>/vet/{sample}.vetting.ecsv",
        verdicts="<results>/vet/{sample}.verdicts.ecsv",
        vetting_stars="<results>/vet/{sample}.data.parquet",
        power="<results>/vet/{sample}.power.ecsv",
    log:
        "<logs>/vet_groups/{sample}.log",
    benchmark:
        "<benchmarks>/vet_groups/{sample}.jsonl"
    conda:
        "../../envs/vet.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=version_of("vet_groups"),
        content=content_of_data,
        data=of_config("vet/data"),
        terms=vetting_terms(),
        orbits=of_config("vet/orbits"),
        dissolved=of_config("vet/dissolved"),
        seed=of_config("seed"),
    script:
        "../scripts/vet_groups.py"


rule vet:
    """The sealed catalogue of candidates of each sample that the config names, and its verdicts."""
    input:
        collect(
            "<results>/vet/{sample}.{kind}",
            sample=config["vet"]["samples"],
            kind=["candidates.ecsv", "candidate_stars.ecsv", "seal.json"],
        ),
        collect(
            "<results>/vet/{sample}/{file}",
            sample=config["vet"]["samples"],
            file=["catalogue.vot", "catalogue.fits", "ReadMe"],
        ),
        collect(
            "<results>/vet/{sample}.coincidences.ecsv",
            sample=config["vet"]["samples"] if config["vet"]["known"] else [],
        ),
        collect(
            "<results>/vet/{sample}.{kind}.ecsv",
            sample=vetted_samples(),
            kind=["vetting", "verdicts", "power"],
        ),
        figures_of("vet"),
    localrule: True
