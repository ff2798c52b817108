"""One step of a differential equation by the two-stage, L-stable, singly diagonally implicit Runge-Kutta method of order two."""

from collections.abc import Callable

from jaxtyping import Array, Float

# Share of the step in the implicit part of each stage, which makes the method both second-order and L-stable.
GAMMA = 1 - 0.5**0.5


def sdirk2_step(
    slope: Callable[[Float[Array, "..."], Float[Array, "..."], float], Float[Array, "..."]],
    value: Float[Array, "..."],
    step: Float[Array, "..."],
) -> Float[Array, "..."]:
    """Advance y' = f(t, y) by one step, given the solution of the implicit equation of a stage.

    Args:
        slope: function (base, h, place) that solves Y = base + h f(t, Y) and returns f(t, Y); the time t of the stage lies
            at the fraction `place` of the step.
        value: y at the start of the step.
        step: length of the step.

    Returns:
        y at its end.

    Source: Alexander, SIAM J. Numer. Anal. 14, 1006 (1977), 10.1137/0714068.

    Example:
        >>> round(sdirk2_step(lambda base, h, place: -base / (1 + h), 1.0, 0.1), 4)  # exp(-0.1) is 0.9048
        0.9048
    """
    first = slope(value, GAMMA * step, GAMMA)
    second = slope(value + (1 - GAMMA) * step * first, GAMMA * step, 1.0)
    return value + step * ((1 - GAMMA) * first + GAMMA * second)
