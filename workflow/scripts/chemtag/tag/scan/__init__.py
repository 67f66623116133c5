"""A tagger that knows the width of a birth cluster.

Stars x_i ~ sum_g a_g N(theta_g, V_i) + a_0 f(x_i): birth clusters are points blurred by a known
width V_i, the field is a smooth density f, and centres are drawn from f before it was blurred.
Nothing is told, neither the number of groups nor any label. In the order of the search: `mixture`
and `field` (f), `prior` (centres), `starts`, `climb` (one group), `joint` (all groups),
`membership`, `scanning` (the whole), `null` (how often chance does as well), `tagger` (in the shape
of every tagger).
"""
