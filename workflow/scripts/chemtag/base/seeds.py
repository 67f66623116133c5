"""One seed in the config, one independent stream of random numbers for each named job."""

import hashlib

import numpy as np


def seed_for(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Return the seed sequence of the job called `names`.

    The stream depends on the configured seed and the names only, never on the order or the
    number of jobs (numpy.random.SeedSequence: entropy from several integers is well mixed).
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4")
    return np.random.SeedSequence([int(seed), *map(int, words)])


def generator_for(seed: int, *names: str | int) -> np.random.Generator:
    """Return a `numpy.random.Generator` on the stream of `seed_for`."""
    return np.random.default_rng(seed_for(seed, *names))


def integer_seed_for(seed: int, *names: str | int) -> int:
    """Return a 31-bit seed for libraries that take an integer (umap-learn, scikit-learn)."""
    return int(seed_for(seed, *names).generate_state(1, dtype=np.uint32)[0] >> 1)
