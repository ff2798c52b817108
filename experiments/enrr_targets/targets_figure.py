"""Curves and figure of the targets."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row, read_references
from experiments.enrr_targets.targets_in_reach import AMMONIA_MOLAR_MASS, AREA, HOUR, MICROGRAM
from experiments.experiment_store import column, curves_of
from experiments.paired_panels import interval
from screening.plot.style import INK, PALETTE, heading, new_figure


def curves(used: Parameters):
    """NH3 that dissolved N2 allows against the diffusion layer, and the yields of the review's catalysts on that scale.

    Args:
        used: parameters.

    Returns:
        dataset.
    """
    layer = np.geomspace(1e-7, 1e-3, 41)
    rate = AREA * 2 * used["nitrogen_diffusivity"] * used["dissolved_nitrogen"] / layer
    yields = [one for one in read_references("enrr_targets") if one.key.startswith("yield_")]
    per_area = [
        (one.value or 0.0) * (MICROGRAM if one.unit == "ug h-1 cm-2" else MICROGRAM * used["loading"] * AREA * 1e6)
        for one in yields
    ]
    return curves_of(
        {
            "diffusion_layer": column("diffusion_layer", layer, "m", "thickness of the diffusion layer"),
            "nitrogen_supply": column(
                "diffusion_layer", rate, "mol s-1 cm-2", "NH3 that diffusion of dissolved N2 allows"
            ),
            "catalyst": column("catalyst", [one.key.removeprefix("yield_") for one in yields], "1", "of Table 2"),
            "catalyst_rate": column(
                "catalyst",
                np.array(per_area) / AMMONIA_MOLAR_MASS / HOUR,
                "mol s-1 cm-2",
                "printed yield; with the assumed loading where it is per mass",
            ),
        }
    )


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Rates on one axis with the bounds of supply, yields against supply, and printed against computed potentials.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `curves`.

    Returns:
        Figure.
    """
    found = {row.reference.key: row for row in rows}
    figure, (left, middle, right) = new_figure(3, width=17.5, height=5.2, ratios=(1.3, 1.1, 1.0))
    _rates(left, found)
    _supply(middle, used, data)
    _potentials(right, found)
    return figure


def _rates(axis, found) -> None:
    names = {
        "reach_rate_h_cell": "N$_2$ supply, H-cell",
        "reach_rate_gas_fed": "N$_2$ supply, gas-fed",
        "reach_rate_lithium_clock": "Li-mediated, by the clock",
        "reach_rate_lithium_pulse": "Li-mediated, under current",
        "refuel_rate": "300 mA/cm$^2$ at 90 %",
        "to_date_rate": "best areal yield of Table 2",
    }
    values = [found[key].model for key in names]
    axis.barh(list(names.values()), values, color=PALETTE[0], height=0.6)
    axis.set_xscale("log")
    axis.set_xlim(1e-10, 1e-5)
    axis.set_ylim(-0.6, 6.0)
    axis.axvline(1e-6, color=PALETTE[1])
    axis.annotate("target", (1.15e-6, 5.6), color=PALETTE[1], fontsize=9)
    axis.axvline(4e-10, color=INK, linestyle="--")
    axis.annotate("'to date'", (4.4e-10, 5.6), color=INK, fontsize=9)
    axis.set_xlabel("NH$_3$ rate (mol s$^{-1}$ cm$^{-2}$)")
    heading(axis, "rates in reach (bars) against printed limits (lines)")


def _supply(axis, used, data) -> None:
    axis.loglog(1e6 * data.diffusion_layer, data.nitrogen_supply, color=PALETTE[0], label="supply of N$_2$, 1 atm")
    axis.axvline(1e6 * used["diffusion_layer_h_cell"], color="#BBBBBB", linewidth=0.8)
    layer = np.full(data.catalyst.size, 1e6 * used["diffusion_layer_h_cell"])
    axis.plot(layer, data.catalyst_rate, "o", color=PALETTE[1], label="catalysts of Table 2, in an H-cell")
    axis.axhline(1e-6, color=INK, linestyle="--", label="programme target")
    axis.set(xlabel="diffusion layer (um)", ylabel="NH$_3$ rate (mol s$^{-1}$ cm$^{-2}$)", ylim=(1e-11, 1e-4))
    axis.legend(frameon=False, fontsize=8, loc="lower left")
    heading(axis, "printed yields against the supply of N$_2$")


def _potentials(axis, found) -> None:
    couples = {
        "e_n2h2": "N$_2$H$_2$ (2)",
        "e_n2h4": "N$_2$H$_4$ (3)",
        "e_n2h4_base": "N$_2$H$_4$ (4)",
        "e_nh3": "NH$_3$ (5)",
        "e_nh3_base": "NH$_3$ (6), vs SHE",
    }
    places = range(len(couples))
    for place, key in enumerate(couples):
        first, reach = place == 0, interval(found[key].reference)
        axis.errorbar(
            [found[key].reference.value], [place - 0.12], xerr=[[reach[0]], [reach[1]]], fmt="o", capsize=3, markersize=5,
            color=PALETTE[1], label="printed, with interval" if first else None,
        )  # fmt: skip
        label = "from free energies" if first else None
        axis.plot([found[key].model], [place + 0.12], "x", color=PALETTE[0], markersize=7, label=label)
    axis.set_yticks(places, list(couples.values()))
    axis.set_ylim(-0.5, len(couples) + 0.5)
    axis.axvline(0.0, color="#BBBBBB", linewidth=0.8)
    axis.set_xlabel("E$^0$ (V vs RHE where not said otherwise)")
    axis.legend(frameon=False, fontsize=9, loc="upper left")
    heading(axis, "printed equilibrium potentials")
