"""Laws that users register: functions of JAX, kept by name, which layers and electrodes of studies may name."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from screening.errors import StudyError, shown, unknown_name
from screening.sampling.distributions import Scalar


@dataclass(frozen=True)
class OwnLaw:
    """A registered function.

    Attributes:
        name: by which studies know it.
        function: of scalars in SI units, pure JAX.
        arguments: names of its arguments.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class LawValue:
    """A quantity that a registered law gives.

    Attributes:
        law: its name.
        arguments: values of the arguments that the study says.
    """

    law: str
    arguments: tuple[tuple[str, Scalar], ...]


LAYER_LAWS: dict[str, OwnLaw] = {}
RATE_LAWS: dict[str, OwnLaw] = {}


def register_law(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a function of JAX as a law of diffusivities or conductivities, under its own name; a decorator.

    Studies of this process then take `diffusivity = { law = "NAME", ARGUMENT = 0.3 }`, each argument a number, a list or a
    distribution, which is stored, fitted and differentiated as any input. Arguments named `temperature` or as a key of the layer
    (`thickness`, `porosity`) are those of the candidate.

    Args:
        function: of scalars in SI units, to m2 s-1 or S m-1; pure JAX. Processes of dask workers must register it too:
            put it into a module, and import that there, as by `client.run`.

    Returns:
        the function.

    Raises:
        StudyError: no plain arguments, or another function has that name.

    Example:
        >>> @register_law
        ... def linear_in_fluoride(fluoride):
        ...     return 1e-15 * (1 - fluoride) + 1e-17 * fluoride
        >>> float(linear_in_fluoride(0.5))
        5.05e-16
    """
    return _registered(function, LAYER_LAWS)


def register_rate_law(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a rate law of charge transfer under the name of its function; a decorator.

    Electrodes then take `kinetics = "NAME"`. By detailed balance one function decides everything: L(x) = log(k_ox + k_red) of
    x = n F (phi - E0) / (R T), rates relative to the rate constant; both rates must be monotone, -s(-x) <= L'(x) <= s(x).

    Args:
        function: of x and of any of `transfer_coefficient`, `reorganisation_energy` (J), `asymmetry` and `temperature` (K), to
            L(x); pure JAX, elementwise.

    Returns:
        the function.

    Raises:
        StudyError: an argument that electrodes do not have, or another function has that name.

    Source: kernels.kinetics.rate_law.

    Example:
        >>> import jax.numpy as jnp
        >>> @register_rate_law
        ... def symmetric_tafel(x):
        ...     return jnp.logaddexp(x / 2, -x / 2)
    """
    law = _registered(function, RATE_LAWS)
    known = ("transfer_coefficient", "reorganisation_energy", "asymmetry", "temperature")
    for name in list(inspect.signature(function).parameters)[1:]:
        if name not in known:
            del RATE_LAWS[function.__name__]
            raise unknown_name("argument of a rate law", name, known, where=function.__name__)
    return law


def _registered(function: Callable[..., Any], laws: dict[str, OwnLaw]) -> Callable[..., Any]:
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        fix = "give it a name: def name(...)"
        raise StudyError("a law without a name", got=shown(repr(function)), expected="a function", fix=fix)
    parameters = inspect.signature(function).parameters.values()
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters):
        raise StudyError("law", got=name, expected="arguments with names", fix="write them out")
    old = laws.get(name)
    if old is not None and _code(old.function) != _code(function):
        # what was compiled with the old one would serve the new one
        raise StudyError("law that is registered already", got=name, expected="a new name", fix="rename the function")
    if old is None:
        laws[name] = OwnLaw(name, function, tuple(one.name for one in parameters))
    return function


def _code(function: Callable[..., Any]) -> tuple[Any, ...]:
    code = function.__code__
    return code.co_code, code.co_consts, code.co_names


def find_layer_law(name: object) -> OwnLaw:
    """The registered law of a name."""
    if not isinstance(name, str) or name not in LAYER_LAWS:
        if not LAYER_LAWS:
            fix = "register it first: @sei.register_law"
            raise StudyError("unknown law", got=shown(name), expected="the name of a registered law", fix=fix)
        raise unknown_name("law", str(name), LAYER_LAWS)
    return LAYER_LAWS[name]
