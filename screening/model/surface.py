"""Electrodes and rate laws of the kernels by the names that study files give them."""

import importlib
import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.electrodes import Electrode, InteractingDeposit, LithiumMetal, SolubleCouple
from kernels.kinetics import RateLaw
from kernels.stack import Electrolyte
from screening.config.own_laws import RATE_LAWS, OwnLaw

Numbers = dict[str, Any]  # key -> scalar, SI

ELECTRODES: Mapping[str, type[Electrode]] = {"metal": LithiumMetal, "couple": SolubleCouple}


class Surface(NamedTuple):
    """An electrode and the liquid that each of its diffusing species sees; `reduced` is None for a metal."""

    electrode: Electrode
    oxidised: Electrolyte
    reduced: Electrolyte | None


def rate_law(name: str) -> type[RateLaw]:
    """The rate law of a name: one that was registered, or `kernels.kinetics.some_law`, which holds the class `SomeLaw`."""
    if name in RATE_LAWS:
        return _own_rate_law(RATE_LAWS[name])
    module = importlib.import_module(f"kernels.kinetics.{name}")
    return getattr(module, "".join(word.capitalize() for word in name.split("_")))


@lru_cache(maxsize=64)
def _own_rate_law(law: OwnLaw) -> type[RateLaw]:
    """A registered function as a rate law whose fields are its arguments."""
    keys = law.arguments[1:]
    body = {
        "__annotations__": dict.fromkeys(keys, Any),
        "__doc__": law.function.__doc__,
        "__module__": __name__,
        "log_rate": lambda self, x: law.function(x, *(getattr(self, key) for key in keys)),
    }
    return types.new_class(law.name, (RateLaw,), exec_body=lambda namespace: namespace.update(body))


def complete_liquid(electrode: Numbers, liquid: Numbers, temperature: Float[Array, ""]) -> None:
    """Fill in what the table [electrolyte] may leave to the electrode."""
    if "oxidised_concentration" in electrode:
        electrode.setdefault("reduced_diffusivity", liquid["diffusivity"])
        liquid.setdefault("concentration", electrode["oxidised_concentration"] + electrode["reduced_concentration"])
    liquid.setdefault("transference_number", jnp.zeros_like(temperature))


def build_surface(
    kind: str, kinetics: str, numbers: Numbers, liquid: Electrolyte, temperature: Float[Array, ""]
) -> Surface:
    """The electrode of a kind with a rate law."""
    law = rate_law(kinetics)
    known = numbers | {"temperature": temperature}
    keys = [entry.name for entry in fields(law)]
    rest = {key: value for key, value in numbers.items() if key not in keys}
    return _BUILDERS[kind](law(**{key: known[key] for key in keys}), rest, liquid)


def _metal(law: RateLaw, numbers: Numbers, liquid: Electrolyte) -> Surface:
    kind = InteractingDeposit if "interaction" in numbers else LithiumMetal
    return Surface(kind(law, **numbers), liquid, None)


def _couple(law: RateLaw, numbers: Numbers, liquid: Electrolyte) -> Surface:
    diffusivity = numbers.pop("reduced_diffusivity")
    electrode = SolubleCouple(law, **numbers)
    layer = liquid.transference_number, liquid.diffusion_layer_thickness
    return Surface(
        electrode,
        Electrolyte(electrode.oxidised_concentration, liquid.diffusivity, *layer),
        Electrolyte(electrode.reduced_concentration, diffusivity, *layer),
    )


_BUILDERS: Mapping[str, Callable[[RateLaw, Numbers, Electrolyte], Surface]] = {"metal": _metal, "couple": _couple}
