"""Words on axes and in legends: names of stored variables, units, and texts that several figures share."""

import xarray as xr

from screening.units import display_value

CURRENT_DENSITY = "current density (mA/cm$^2$), oxidation positive"


def spelled_out(name: object) -> str:
    """The name of a stored variable in words: "param_layer1_thickness" is "layer1 thickness"."""
    return str(name).removeprefix("param_").replace("_", " ")


def with_unit(text: str, unit: str) -> str:
    """An axis label with its unit in brackets, which a pure number has not."""
    return f"{text} ({unit})" if unit not in ("", "1") else text


def display_unit(cf_unit: object) -> str:
    """The unit in which figures show values of a stored unit."""
    return display_value(1.0, str(cf_unit))[1]


def potential_label(curves: xr.Dataset) -> str:
    """Label of an axis of potentials, which count from lithium at a metal electrode."""
    return f"potential (V{' vs Li/Li$^+$' if curves.attrs.get('electrode') == 'metal' else ''})"
