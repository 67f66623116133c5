"""Stage `cmd`: whether a group has the colour-magnitude diagram of a cluster, and which."""
