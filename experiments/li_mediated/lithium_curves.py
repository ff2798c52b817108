"""Curves of the lithium-mediated cells: what the figure shows and the store holds."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.experiment_store import column, curves_of
from experiments.li_mediated.efficiencies import SCAN, duty_of, ethanol_curve
from experiments.li_mediated.film_barriers import desolvation_loss
from experiments.li_mediated.lithium_cells import MILLIAMPERE, SALTS, steady_points
from experiments.li_mediated.lithium_flux import HIGH, LOW, RATIOS, SWEPT, cell_sweeps, channel_fields, planar_current
from experiments.li_mediated.long_runs import failing_run, long_run
from experiments.li_mediated.reported_diffusivities import SCAN_RATES, apparent_map

CURRENTS = (6, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 135, 150, 165, 180, 200)  # mA cm-2
PARTS = ("equilibrium", "electrolyte", "film", "concentration")
CASES = (("LiDFOB", 6), ("LiBF4", 6), ("LiDFOB", 100), ("LiBF4", 100))


def curves(used: Parameters):
    """Every curve of the figure.

    Args:
        used: parameters.

    Returns:
        dataset.
    """
    return curves_of({**_operation(used), **_protocols(used), **_ageing(used), **_transport(used)})


def _operation(used: Parameters) -> dict[str, tuple]:
    # rests where the mean current would leave protons short, as the paper rested
    found = [steady_points(used, [(salt, j, duty_of(used, j)) for j in CURRENTS]) for salt in SALTS]
    cases = steady_points(used, [(salt, j, duty_of(used, j)) for salt, j in CASES])
    parts = [getattr(cases.voltage, part) for part in PARTS]
    loss = [[desolvation_loss(used, salt, MILLIAMPERE * j) for j in CURRENTS] for salt in SALTS]
    both = ("salt", "current")
    return {
        "salt": column("salt", list(SALTS), "1", "lithium salt of the electrolyte"),
        "current": column("current", np.array(CURRENTS, dtype=float), "mA cm-2", "current under pulse"),
        "efficiency": column(
            both, [one.efficiency.ammonia for one in found], "1", "Faradaic efficiency of NH3, steady"
        ),
        "voltage": column(both, [one.voltage.total for one in found], "V", "cell voltage"),
        "desolvation_loss": column(both, loss, "V", "overpotential of a step over the desolvation barrier"),
        "case": column("case", [f"{salt}, {j} mA/cm2" for salt, j in CASES], "1", "cell and current"),
        "part": column("part", list(PARTS), "1", "part of the cell voltage"),
        "voltage_part": column(("part", "case"), parts, "V", "part of the cell voltage"),
    }


def _protocols(used: Parameters) -> dict[str, tuple]:
    ammonia, hydrogen = ethanol_curve(used)
    swept = cell_sweeps(used)
    places = ("salt", "swept_current")
    return {
        "ethanol": column("ethanol", SCAN, "vol %", "ethanol in the electrolyte"),
        "ethanol_ammonia": column("ethanol", ammonia, "1", "Faradaic efficiency of NH3, pulsed, LiDFOB, 100 mA/cm2"),
        "ethanol_hydrogen": column("ethanol", hydrogen, "1", "Faradaic efficiency of H2, the same"),
        "swept_current": column("swept_current", SWEPT, "mA cm-2", "current of the calibrated cell"),
        "swept_voltage": column(places, [swept[salt][0] for salt in SALTS], "V", "cell voltage at that current"),
        "swept_iR_free": column(
            places, [swept[salt][1] for salt in SALTS], "V", "the same without the resistance of electrolyte and cell"
        ),
    }


def _ageing(used: Parameters) -> dict[str, tuple]:
    hours, aged = long_run(used)
    cycles, failed = failing_run(used)
    return {
        "time": column("time", hours, "h", "time by the clock at 100 mA/cm2"),
        "aged_efficiency": column("time", aged.efficiency.ammonia, "1", "Faradaic efficiency of NH3, LiDFOB"),
        "aged_mean": column("time", aged.mean_ammonia, "1", "its mean so far"),
        "aged_voltage": column("time", aged.voltage.total, "V", "cell voltage"),
        "cycle": column("cycle", cycles, "1", "cycle at 200 mA/cm2"),
        "failing_efficiency": column("cycle", failed.efficiency.ammonia, "1", "Faradaic efficiency of NH3, LiDFOB"),
        "failing_voltage": column("cycle", failed.voltage.total, "V", "cell voltage"),
    }


def _transport(used: Parameters) -> dict[str, tuple]:
    fields = channel_fields(used, [HIGH, LOW, *RATIOS])
    film, apparent, slope, exponent = apparent_map(used)
    return {
        "ratio": column("ratio", RATIOS, "1", "D_SEI / D_0"),
        "planar_current": column(
            "ratio", planar_current(used, RATIOS), "mA cm-2", "limiting current in 1-D, film alone"
        ),
        "layered_current": column(
            "ratio", planar_current(used, RATIOS, used["diffusion_layer"]), "mA cm-2", "the same with diffusion layer"
        ),
        "channel_current": column("ratio", fields.current_density[2:] / MILLIAMPERE, "mA cm-2", "current in 2-D"),
        "film_diffusivity": column("film_diffusivity", film, "m2 s-1", "diffusivity of the film"),
        "scan_rate": column("scan_rate", np.array(SCAN_RATES) / 1e3, "V s-1", "scan rate"),
        "apparent_diffusivity": column(
            ("film_diffusivity", "scan_rate"), apparent, "m2 s-1", "what Randles and Sevcik make of the peak"
        ),
        "slope_diffusivity": column(
            "film_diffusivity", slope, "m2 s-1", "what they make of the slope over 5 to 100 mV/s"
        ),
        "exponent": column("film_diffusivity", exponent, "1", "exponent of the peak current in the scan rate"),
    }
