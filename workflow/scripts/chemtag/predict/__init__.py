"""Label transfer: labels of a few well observed stars carried over to many, with intervals."""
