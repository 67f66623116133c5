"""Figures of the paper, one module a figure (workflow/figures.yaml), and what they share (style).

Of a module, `workflow/scripts/plot.py` calls, with the tables and parameters that the entry of the
figure names:

- `data(...)`, which returns the drawn data from tables of other stages;
- `draw(data, ...)`, which returns the figure;
- `about(...)`, where there is one, which returns the meta of the drawn data; `draw` may ask for it.

`in_words(drawn, labels)` of a figure of the story returns its main values for the alternative text.

Tables come by name: one as a DataFrame, those of several samples or spaces as a dict by their
names.
"""
