"""Outputs of an ammonia study, registered once."""

from kernels.ammonia import LimitingCause
from screening.config.study import AmmoniaStudy
from screening.model.outputs import REGISTRY, Output

PULSED, AGED = "ammonia_pulsed", "ammonia_aged"
CAUSES = tuple(cause.name.lower() for cause in LimitingCause)
# fields of FaradaicEfficiencies that have an output of their own beside ammonia's
SHARES = ("hydrogen", "lithium", "lithium_nitride", "other")
# fields of CellVoltage and the names of their outputs
PARTS = {
    "equilibrium": "equilibrium_voltage",
    "anode": "anode_overpotential",
    "electrolyte": "electrolyte_voltage",
    "concentration": "concentration_overpotential",
    "desolvation": "desolvation_overpotential",
    "film": "film_overpotential",
}


def _of(name: str, units: str, long_name: str, group: str = "ammonia") -> Output:
    return Output(name, False, units, long_name, group=group)


AMMONIA_REGISTRY: tuple[Output, ...] = (
    _of("faradaic_efficiency", "1", "share of the charge that ends as NH3"),
    _of("energy_efficiency", "1", "energy of the NH3 over the energy put in"),
    _of("cell_voltage", "V", "voltage of the cell, mean over the charge"),
    _of("ammonia_rate", "mol m-2 s-1", "NH3 per area and time under current"),
    _of("mean_ammonia_rate", "mol m-2 s-1", "NH3 per area and time by the clock"),
    Output(
        "limiting_cause", False, "1", "what holds the Faradaic efficiency down most, or the voltage beyond its limit",
        "uint8", "ammonia", flags=CAUSES,
    ),
    _of("current_density", "A m-2", "current density while it flows (cathodic, magnitude)"),
    _of("current_density_mean", "A m-2", "current density by the clock (cathodic, magnitude)"),
    _of("lithium_current_share", "1", "share of the current that Li+ carries through the film"),
    *(
        _of(f"faradaic_efficiency_{share}", "1", f"share of the charge that ends as {words}")
        for share, words in zip(
            SHARES, ("H2", "lithium left behind", "Li3N left behind", "dead lithium and other products"), strict=True
        )
    ),
    _of("equilibrium_voltage", "V", "part of the cell voltage: hydrogen anode against lithium"),
    _of("anode_overpotential", "V", "part of the cell voltage: hydrogen oxidation"),
    _of("electrolyte_voltage", "V", "part of the cell voltage: electrolyte, separator and anode"),
    _of("concentration_overpotential", "V", "part of the cell voltage: the limiting current"),
    _of("desolvation_overpotential", "V", "part of the cell voltage: interfaces of the film"),
    _of("film_overpotential", "V", "part of the cell voltage: layers of the film"),
    Output("periodic", False, "1", "1 where a periodic state exists, 0 where lithium or Li3N grows for ever", "uint8", PULSED),
    _of("lithium_drift", "mol m-2", "growth of active lithium per cycle", PULSED),
    _of("lithium_nitride_drift", "mol m-2", "growth of Li3N per cycle", PULSED),
    _of("mean_faradaic_efficiency", "1", "Faradaic efficiency of NH3, mean over the ageing time", AGED),
    _of("aged_faradaic_efficiency", "1", "Faradaic efficiency of NH3 at the end of the ageing time", AGED),
    _of("lifetime", "s", "time until the Faradaic efficiency has lost its share, at most the ageing time", AGED),
    _of("dead_lithium_thickness", "m", "dead lithium in front of the film at the end of the ageing time", AGED),
    _of("aged_film_thickness", "m", "thickness of the film at the end of the ageing time", AGED),
)  # fmt: skip


def ammonia_outputs(study: AmmoniaStudy) -> tuple[Output, ...]:
    """Outputs that an ammonia study can give: those of its model, then the transport of the film."""
    table = study.ammonia
    left_out = {PULSED} if table.model == "steady" else set()
    left_out |= {AGED} if table.ageing_time is None else set()
    own = tuple(out for out in AMMONIA_REGISTRY if out.group not in left_out)
    return (*own, *(out for out in REGISTRY if out.group == "film" and not out.flags))
