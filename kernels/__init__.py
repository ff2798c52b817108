"""Pure JAX physics and numerics of layered solid-electrolyte-interphase (SEI) films.

Everything here is SI, traced by JAX and free of input or output: no units, files, configuration or plots.
The public, unit-aware interface is the package `screening`.
"""
