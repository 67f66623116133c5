# mypy: allow-untyped-defs
"""One pass of EM over the stars of a mixture whose first components know each star's errors.

The sums that the next parameters follow from, star by star in the order of the rows, so that they
are the same for any number of threads (Bovy, Hogg & Roweis 2011, AnnApS 5, 1657).
"""

import numpy as np

from chemtag.base.compiled import compiled

FAR = -36.0
"""What a star of a smaller logarithm of the probability adds to a component is below rounding."""


@compiled()
def cholesky(matrix, root):
    """Write the lower root L of a matrix (D, D) to `root`, its diagonal inverted; is there one?"""
    for i in range(len(matrix)):
        for j in range(i + 1):
            left = matrix[i, j]
            for m in range(j):
                left -= root[i, m] * root[j, m]
            if i > j:
                root[i, j] = left * root[j, j]
            elif left > 0:
                root[i, i] = 1 / np.sqrt(left)
            else:
                return False
    return True


@compiled()
def log_volume(root):
    """Return the logarithm of (2 pi)^(D / 2) |L|."""
    volume = 0.5 * len(root) * np.log(2 * np.pi)
    for i in range(len(root)):
        volume -= np.log(root[i, i])
    return volume


@compiled()
def half_square(offset, root, whitened):
    """Return half the squared length of L^-1 offset (D,), which is left in `whitened` (D,)."""
    square = 0.0
    for i in range(len(offset)):
        left = offset[i]
        for m in range(i):
            left -= root[i, m] * whitened[m]
        whitened[i] = left * root[i, i]
        square += whitened[i] ** 2
    return 0.5 * square


@compiled()
def solved(root, right):
    """Write (L L^T)^-1 right over the vector `right` (D,)."""
    size = len(right)
    for i in range(size):
        for m in range(i):
            right[i] -= root[i, m] * right[m]
        right[i] *= root[i, i]
    for i in range(size - 1, -1, -1):
        for m in range(i + 1, size):
            right[i] -= root[m, i] * right[m]
        right[i] *= root[i, i]


@compiled()
def expected(offset, spread, root, column, moved, left):
    """Write the expected true offset (D,) of a star of the cluster, and its covariance.

    `spread` V of the cluster and `root` of V + S: the offset V (V + S)^-1 x goes to `moved` (D,),
    the covariance V - V (V + S)^-1 V to `left` (D, D); `column` (D,) is room to work in.
    """
    size = len(offset)
    column[:] = offset
    solved(root, column)
    for i in range(size):
        moved[i] = 0.0
        for m in range(size):
            moved[i] += spread[i, m] * column[m]
    for j in range(size):
        for m in range(size):
            column[m] = spread[m, j]
        solved(root, column)
        for i in range(size):
            left[i, j] = spread[i, j]
            for m in range(size):
                left[i, j] -= spread[i, m] * column[m]


@compiled()
def log_sum(logs):
    """Return log(sum(exp(logs))) of a vector."""
    top = logs[0]
    for value in logs:
        top = max(top, value)
    total = 0.0
    for value in logs:
        if value - top > FAR:
            total += np.exp(value - top)
    return top + np.log(total)


@compiled()
def add(weight, offset, left, part, sums):
    """Add a star of an expected offset (D,) and covariance (D, D) to the sums of a component."""
    number, first, second = sums
    number[part] += weight
    for i in range(len(offset)):
        first[part, i] += weight * offset[i]
        for j in range(len(offset)):
            second[part, i, j] += weight * (offset[i] * offset[j] + left[i, j])


@compiled()
def em_pass(points, errors, beside, share, centre, covariance, blurred=1):
    """Return the log-likelihood of stars (N, D), and sums over them by component of a mixture.

    `errors` (N, D, D), or (0, D, D) for none, widen the first `blurred` components; `beside`
    (N, K), or (0, K), are logarithms of densities of other quantities by component. The sums are
    of the probabilities (K,), and, times them, of the expected offsets from the centres (K, D) and
    of their expected products (K, D, D). Last the probabilities (N, blurred) of each star. NaN
    where a component has no width.
    """
    n, size = points.shape
    parts, known, more = len(share), len(errors) > 0, len(beside) > 0
    sums = np.zeros(parts), np.zeros((parts, size)), np.zeros((parts, size, size))
    weight, roots = np.zeros((n, blurred)), np.zeros((parts, size, size))
    offset, logs, constant = np.zeros((parts, size)), np.zeros(parts), np.zeros(parts)
    total, left = np.zeros((size, size)), np.zeros((size, size))
    work, moved, nothing = np.zeros(size), np.zeros(size), np.zeros((size, size))
    likelihood = 0.0
    for k in range(parts):
        if not cholesky(covariance[k], roots[k]):
            return np.nan, sums, weight
        constant[k] = np.log(share[k]) - log_volume(roots[k])
    for star in range(n):
        for k in range(parts):
            if known and k < blurred:
                total[:] = errors[star]
                total += covariance[k]
                if not cholesky(total, roots[k]):
                    return np.nan, sums, weight
                constant[k] = np.log(share[k]) - log_volume(roots[k])
            for i in range(size):
                offset[k, i] = points[star, i] - centre[k, i]
            logs[k] = constant[k] - half_square(offset[k], roots[k], work)
            if more:
                logs[k] += beside[star, k]
        summed = log_sum(logs)
        likelihood += summed
        for k in range(parts):
            if logs[k] - summed < FAR:
                continue
            one = np.exp(logs[k] - summed)
            if k < blurred:
                weight[star, k] = one
            if known and k < blurred:
                expected(offset[k], covariance[k], roots[k], work, moved, left)
                add(one, moved, left, k, sums)
            else:
                add(one, offset[k], nothing, k, sums)
    return likelihood, sums, weight
