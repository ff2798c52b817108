"""Simulate one stack: the objects become a study, so they are checked, run and recorded as any study is."""

from collections.abc import Sequence
from typing import Any

import xarray as xr

from screening.api.array_arguments import Axes, Quantity, along, axes_of, with_columns
from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.api.protocols import AnyProtocol
from screening.api.simulate_study import simulate_all, simulate_study
from screening.api.study_tables import expect, study_text
from screening.config.given_quantities import as_entry
from screening.config.study import Study, VoltammetryStudy, study_of_tables
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
    zipped: bool = False,
    title: str = "",
    **numerics: Any,
) -> xr.Dataset:
    """Full curves of one stack under one protocol, or of many where arguments are arrays.

    Stacks with the same number of layers under protocols of the same shape share one compilation. Any quantity of layers,
    electrode, electrolyte and protocol, and the temperature, may be a list or an array (of text, of pint, or an
    `xarray.DataArray` with `units` in its attributes): the result has its axis in front. Each list has an axis of its own, by
    the name of its argument, such as "layer1_thickness"; arrays of xarray share the axes that have the same name.

    Args:
        stack: film with its layers from the outside to the inside, or a list of them.
        protocol: `sei.CV`, `sei.LSV`, `sei.Hold`, `sei.Pulse`, `sei.Rest` or `sei.Sequence`.
        electrode: `sei.Metal` or `sei.Couple`; lithium metal with 10 mA/cm2 exchange current density if left out.
        electrolyte: that of the stack if left out, or else the default `sei.Electrolyte`, 2 M lithium salt.
        temperature: of everything.
        steps: base time steps of one run; 250 if left out. They are split further where the current bends.
        device: "cpu" or "gpu"; JAX's default if left out.
        zipped: put all lists, which must have one length, along one axis "case" instead.
        title: free text.
        numerics: other keys of the table [numerics] of a study file, such as reduced_order or tolerance.

    Returns:
        dataset with dims (scan_rate, curve_step), without scan_rate for a protocol without sweeps, and the axes of arrays in
        front: `time` (s), `potential` (V), `current_density` (A m-2, oxidation positive), the scalar outputs, and `status` (1
        is ok; anything else leaves NaN in the others). `attrs["study"]` is the study file of this calculation.

    Raises:
        StudyError: an input that cannot be used, in one line: what, got, expected, fix.

    Source: the equations are those of `kernels`; see there.

    Example:
        >>> import screening as sei
        >>> film = sei.Stack([sei.Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")])
        >>> curves = sei.simulate(film, sei.CV("0.3 V", "-0.5 V", ["10 mV/s", "100 mV/s"]))
        >>> curves.current_density.dims
        ('scan_rate', 'curve_step')
        >>> film = sei.Stack([sei.Layer("LiF", ["2 nm", "5 nm"], diffusivity="1e-13 m^2/s")])
        >>> dict(sei.simulate(film, sei.CV("0.3 V", "-0.5 V", "10 mV/s")).peak_current_density.sizes)
        {'layer1_thickness': 2, 'scan_rate': 1}
    """
    raw = tables_of(
        stack,
        protocol,
        electrode=electrode,
        electrolyte=electrolyte,
        temperature=temperature,
        title=title,
        numerics=numerics if steps is None else numerics | {"steps": steps},
    )
    study, axes = listed_study(raw, zipped)
    if not axes.sizes:
        return simulate_study(study, device=device)
    assert isinstance(study, VoltammetryStudy), "there is a protocol"
    return simulate_all(study, axes, device=device)


def listed_study(raw: dict[str, Any], zipped: bool = False) -> tuple[Study, Axes]:
    """A study whose candidates are all cases of the arrays among its tables, in order, and the axes of those."""
    axes = axes_of(study_of_tables(raw | {"sampling": {"design": "grid"}}, text=""), zipped)
    if axes.sizes:
        raw = {"sampling": {"design": "table"}} | with_columns(raw, axes.columns)
    return study_of_tables(raw, text=study_text(raw)), axes


def study_of(*arguments: Any, **more: Any) -> Study:
    """The study with one candidate of the arguments of `tables_of`; its `text` is a study file."""
    study, axes = listed_study(tables_of(*arguments, **more))
    if axes.sizes:
        raise StudyError("an array", got=", ".join(axes.sizes), expected="one value", fix="loop over the array")
    return study


def tables_of(
    stack: Stack | Sequence[Layer],
    protocol: AnyProtocol,
    *,
    electrode: Metal | Couple | None = None,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    title: str = "",
    numerics: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The tables of the study that `simulate` runs."""
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
    varied = along(temperature, "temperature", "temperature")
    raw: dict[str, Any] = {
        "title": title or film.name,
        "conditions": {"temperature": as_entry(temperature, "temperature") if varied is None else varied},
        "electrolyte": (outside or Electrolyte()).table(),
        "electrode": (electrode or Metal()).table(),
        "protocol": protocol.table(),
        "film": [film.table()],
    }
    if numerics:
        raw["numerics"] = {name: as_entry(value, name) for name, value in numerics.items()}
    return raw
