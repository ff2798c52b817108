"""Figures of curves, results, fits and films: `sei.plot`; matplotlib is imported when one is drawn.

Every function returns a Matplotlib figure with units on its axes, in colours that colour-blind readers tell apart;
`sei.plot.save` writes it as .png, .svg or .pdf. Names are those of `__init__.pyi`; none may be that of a module here, which
would take its place once imported.
"""

from screening.lazy_names import lazy_names

__getattr__, __dir__, __all__ = lazy_names(__name__, __file__)
