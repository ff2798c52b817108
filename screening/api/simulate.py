"""Simulate one stack: the objects become a study, so they are checked, run and recorded as any study is."""

from collections.abc import Sequence
from typing import Any

import xarray as xr

from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.api.protocols import AnyProtocol
from screening.api.simulate_study import simulate_study
from screening.api.study_tables import Quantity, as_entry, expect, study_text
from screening.config.study import Study, study_of_tables
from screening.errors import StudyError


def simulate(
    stack: Stack | Sequence[Layer],
    protocol: AnyProtocol,
    *,
    electrode: Metal | Couple | None = None,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    steps: int | None = None,
    device: str | None = None,
    title: str = "",
    **numerics: Any,
) -> xr.Dataset:
    """Full curves of one stack under one protocol.

    Stacks with the same number of layers under protocols of the same shape share one compilation.

    Args:
        stack: film with its layers from the outside to the inside, or a list of them.
        protocol: `sei.CV`, `sei.LSV`, `sei.Hold`, `sei.Pulse`, `sei.Rest` or `sei.Sequence`.
        electrode: `sei.Metal` or `sei.Couple`; lithium metal with 10 mA/cm2 exchange current density if left out.
        electrolyte: that of the stack if left out, or else the default `sei.Electrolyte`, 2 M lithium salt.
        temperature: of everything.
        steps: base time steps of one run; 250 if left out. They are split further where the current bends.
        device: "cpu" or "gpu"; JAX's default if left out.
        title: free text.
        numerics: other keys of the table [numerics] of a study file, such as reduced_order or tolerance.

    Returns:
        dataset with dims (scan_rate, curve_step), without scan_rate for a protocol without sweeps: `time` (s), `potential`
        (V), `current_density` (A m-2, oxidation positive), the scalar outputs, and `status` (1 is ok; anything else
        leaves NaN in the others). `attrs["study"]` is the study file of this calculation.

    Raises:
        StudyError: an input that cannot be used, in one line: what, got, expected, fix.

    Source: the equations are those of `kernels`; see there.

    Example:
        >>> import screening as sei
        >>> film = sei.Stack([sei.Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")])
        >>> curves = sei.simulate(film, sei.CV("0.3 V", "-0.5 V", ["10 mV/s", "100 mV/s"]))
        >>> curves.current_density.dims
        ('scan_rate', 'curve_step')
    """
    study = study_of(
        stack,
        protocol,
        electrode=electrode,
        electrolyte=electrolyte,
        temperature=temperature,
        title=title,
        numerics=numerics if steps is None else numerics | {"steps": steps},
    )
    return simulate_study(study, device=device)


def study_of(
    stack: Stack | Sequence[Layer],
    protocol: AnyProtocol,
    *,
    electrode: Metal | Couple | None = None,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    title: str = "",
    numerics: dict[str, Any] | None = None,
) -> Study:
    """The study with one candidate that `simulate` runs; its `text` is a study file."""
    film = stack if isinstance(stack, Stack) else Stack(stack)
    outside = electrolyte or film.electrolyte
    for name, given, kind, known in (
        ("protocol", protocol, AnyProtocol, "sei.CV, LSV, Hold, Pulse, Rest or Sequence"),
        ("electrode", electrode, Metal | Couple | None, "sei.Metal or sei.Couple"),
        ("electrolyte", outside, Electrolyte | None, "sei.Electrolyte"),
    ):
        expect(given, kind, f"not a usable {name}", known, "pass one", name)
    if outside is None and isinstance(electrode, Couple):
        raise StudyError(
            "no electrolyte around a redox couple",
            expected="the diffusivity of the oxidised species",
            fix='give electrolyte=sei.Electrolyte(concentration=None, diffusivity="...", transference_number=None)',
            where="electrolyte",
        )
    raw: dict[str, Any] = {
        "title": title or film.name,
        "conditions": {"temperature": as_entry(temperature, "temperature")},
        "electrolyte": (outside or Electrolyte()).table(),
        "electrode": (electrode or Metal()).table(),
        "protocol": protocol.table(),
        "film": [film.table()],
    }
    if numerics:
        raw["numerics"] = {name: as_entry(value, name) for name, value in numerics.items()}
    return study_of_tables(raw, text=study_text(raw))
