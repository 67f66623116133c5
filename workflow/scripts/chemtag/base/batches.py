"""Numbered draws in batches, one job each: 0000-0049, 0050-0099."""


def batch_names(number: int, size: int) -> list[str]:
    """Return the name of each batch of `size` of `number` draws, by its first and last."""
    return [f"{first:04d}-{min(first + size, number) - 1:04d}" for first in range(0, number, size)]


def numbers_of(batch: str) -> range:
    """Return the numbers of the draws of a batch such as 0010-0019."""
    first, last = map(int, batch.split("-"))
    return range(first, last + 1)
