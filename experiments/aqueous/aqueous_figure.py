"""Curves and figure of the aqueous experiment."""

import numpy as np

from experiments.aqueous.nitrogen_supply import CELLS, MILLIAMPERE, SOLVENTS, currents, efficiency, supply
from experiments.aqueous.pressure_and_acidity import HIGH_PRESSURE, PH, equilibria, oxidation_currents
from experiments.catalogue import Parameters
from experiments.comparison import Row, read_references
from experiments.experiment_store import column, curves_of
from experiments.paired_panels import distances, interval
from kernels.constants import FARADAY
from screening.plot.style import FAINT, PALETTE, heading, new_figure

# short names of the rows whose distances are drawn
AUDITED = {
    **{f"dg_{place}": f"free energy, reaction {place}" for place in (1, 3, 4, 5, 6, 7, 8, 11)},
    "dv_10": "voltage, reaction 10",
    "table_4_voltage_4": "voltage, cell 4 of Table 4",
    "window": "window, N$_2$ to N$_2$",
    "window_hydrogen": "window, NO$_3^-$ to H$_2$",
    "ph_crossing": "crossing with O$_2$",
    "o2_ratio": "O$_2$ over N$_2$, water",
    "no_ratio": "NO over N$_2$, water",
    "pressure_linear": "Henry's law at 55 atm",
}
# operation of an H-cell beside that at 1 atm without a layer
VARIANTS = {"H-cell, 55 atm": {"pressure": HIGH_PRESSURE}, "H-cell, layer": {"protected": True}}


def curves(used: Parameters):
    """Efficiencies and currents against potential, pH and pressure, equilibria, and N2 oxidation.

    Args:
        used: parameters.

    Returns:
        dataset.
    """
    potential, ph = np.linspace(-1.2, 0.0, 121), np.linspace(0.0, 14.0, 141)
    pressure, anode = np.linspace(1.0, HIGH_PRESSURE, 55), np.linspace(1.3, 2.3, 101)
    cases = {**{f"{cell}, 1 atm": (cell, {}) for cell in CELLS}, **{key: ("H-cell", v) for key, v in VARIANTS.items()}}
    share = [efficiency(used, cell, potential, **options) for cell, options in cases.values()]
    made = [currents(used, cell, potential, **options)[0] / MILLIAMPERE for cell, options in cases.values()]
    cathode = [used["potential"] + step for step in (0.3, 0.0, -0.3)]
    by_ph = [efficiency(used, "H-cell", at, ph=ph) for at in cathode]
    limits = [6 * FARADAY * supply(used, "H-cell", pressure, solvent=one) / MILLIAMPERE for one in SOLVENTS]
    reduction, oxidation, oxygen = equilibria(used, ph)
    nitrate, evolved = oxidation_currents(used, "H-cell", anode)
    fe, at_potential = "Faradaic efficiency of NH3", ("case", "potential")
    return curves_of(
        {
            "potential": column("potential", potential, "V vs RHE", "potential of the cathode"),
            "case": column("case", list(cases), "1", "cell, pressure and protective layer"),
            "efficiency": column(at_potential, share, "1", fe),
            "ammonia_current": column(at_potential, made, "mA cm-2", "partial current of NH3"),
            "ph": column("ph", ph, "1", "pH"),
            "cathode_potential": column("cathode_potential", cathode, "V vs RHE", "potential of the curves against pH"),
            "efficiency_ph": column(("cathode_potential", "ph"), by_ph, "1", f"{fe}, H-cell"),
            "reduction_equilibrium": column("ph", reduction, "V vs RHE", "equilibrium potential of N2 and NH4+ or NH3"),
            "oxidation_equilibrium": column("ph", oxidation, "V vs RHE", "equilibrium potential of NO3- and N2"),
            "oxygen_equilibrium": column("ph", oxygen, "V vs RHE", "equilibrium potential of O2 and water"),
            "pressure": column("pressure", pressure, "atm", "pressure of N2"),
            "solvent": column("solvent", list(SOLVENTS), "1", "solvent of N2"),
            "limiting_current": column(
                ("solvent", "pressure"), limits, "mA cm-2", "largest current that N2 carries, H-cell"
            ),
            "anode_potential": column("anode_potential", anode, "V vs RHE", "potential of the anode"),
            "oxidation_efficiency": column(
                "anode_potential", nitrate / (nitrate + evolved), "1", "Faradaic efficiency of nitrate, H-cell"
            ),
        }
    )


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Eight panels.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `curves`.

    Returns:
        Figure.
    """
    found = {row.reference.key: row for row in rows}
    figure, axes = new_figure(4, width=20.0, height=9.5, rows=2)
    panels = np.reshape(axes, (2, 4))
    _potentials(panels[0, 0], panels[0, 1], data)
    _acidity(panels[0, 2], data)
    _pressure(panels[0, 3], data)
    distances(panels[1, 0], rows, AUDITED, "printed numbers against tables and arithmetic")
    _flow_cells(panels[1, 1], rows)
    _equilibria(panels[1, 2], data, found)
    _oxidation(panels[1, 3], data)
    return figure


def _potentials(left, middle, data) -> None:
    styles = dict(zip(data.case.values, ["-", "-", "-", "--", ":"], strict=True))
    for place, (case, style) in enumerate(styles.items()):
        one = data.sel(case=case)
        colour = PALETTE[place if style == "-" else 0]
        left.plot(data.potential, 100 * one.efficiency, style, color=colour, label=case)
        middle.semilogy(data.potential, one.ammonia_current, style, color=colour, label=case)
    for axis in (left, middle):
        axis.set_xlabel("potential (V vs RHE)")
        axis.legend(frameon=False, fontsize=8)
    left.set(ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 100))
    middle.set(ylabel="NH$_3$ partial current (mA/cm$^2$)")
    heading(left, "N$_2$ against H$_2$, pH 7 (assumed kinetics, no reference)")
    heading(middle, "NH$_3$ partial current, pH 7")


def _acidity(axis, data) -> None:
    for colour, at in zip(PALETTE, data.cathode_potential.values, strict=False):
        share = data.efficiency_ph.sel(cathode_potential=at)
        axis.semilogy(data.ph, 100 * share, color=colour, label=f"{at:.1f} V")
    for name, ph in PH.items():
        axis.axvline(ph, color=FAINT, linewidth=0.8)
        axis.annotate(name, (ph, 1.4e2), fontsize=8, ha="center")
    axis.set(xlabel="pH", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(1e-4, 3e2))
    axis.legend(facecolor="white", edgecolor="none", framealpha=1.0, fontsize=8, title="vs RHE", loc="lower left")
    heading(axis, "pH: protons below, water above")


def _pressure(axis, data) -> None:
    labels = {"water": "water (measured)", "methanol": "methanol (Abraham's equation)"}
    for colour, solvent in zip(PALETTE, data.solvent.values, strict=False):
        axis.loglog(data.pressure, data.limiting_current.sel(solvent=solvent), color=colour, label=labels[str(solvent)])
    axis.set(xlabel="N$_2$ pressure (atm)", ylabel="N$_2$-limited current (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "supply of N$_2$, H-cell")


def _flow_cells(axis, rows) -> None:
    shown = [row for row in rows if row.reference.key.startswith("j_") and row.model is not None]
    for place, row in enumerate(shown):
        below, above = interval(row.reference)
        limit = row.reference.tolerance_kind == "at_most"
        error = [[0.35 * row.reference.value], [0.0]] if limit else [[below], [above]]
        label = {0: "printed, with interval", 1: "printed upper limit"}[int(limit)]
        axis.errorbar(
            [row.reference.value], [place - 0.12], xerr=error, xuplims=limit, fmt="s" if limit else "o", capsize=3, markersize=5,
            color=PALETTE[1], label=label,
        )  # fmt: skip
        axis.plot([row.model], [place + 0.12], "x", color=PALETTE[0], markersize=7, label="from the printed rate")
    names = [row.reference.quantity.removeprefix("NH3 partial current of ").split(" from")[0] for row in shown]
    axis.set_yticks(range(len(shown)), names)
    axis.set(xscale="log", xlabel="NH$_3$ partial current (mA/cm$^2$)", xlim=(5e-4, 5), ylim=(-0.5, len(shown) + 1.2))
    handles = dict(zip(*axis.get_legend_handles_labels()[::-1], strict=True))
    axis.legend(handles.values(), handles.keys(), frameon=False, fontsize=8, loc="upper left")
    heading(axis, "flow cells, Table 2")


def _equilibria(axis, data, found) -> None:
    for colour, (name, label) in zip(
        PALETTE,
        {
            "oxidation_equilibrium": "NO$_3^-$/N$_2$",
            "oxygen_equilibrium": "O$_2$/H$_2$O",
            "reduction_equilibrium": "N$_2$/NH$_4^+$, NH$_3$",
        }.items(),
        strict=False,
    ):
        axis.plot(data.ph, data[name], color=colour, label=label)
    crossing = found["ph_crossing"].reference
    reach = interval(crossing)
    span = (crossing.value - reach[0], crossing.value + reach[1])
    axis.axvspan(*span, color=PALETTE[3], alpha=0.25, label=f"review: crossing at pH {crossing.value:g}")
    window = found["window_hydrogen"].reference.value
    axis.plot([13.9], [window], "o", color=PALETTE[1], label=f"review: window of {window:g} V")
    axis.set(xlabel="pH", ylabel="equilibrium potential (V vs RHE)", ylim=(-0.1, 1.5))
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "windows of N$_2$ reduction and oxidation")


def _oxidation(axis, data) -> None:
    axis.semilogy(
        data.anode_potential, 100 * data.oxidation_efficiency, color=PALETTE[0], label="model, assumed kinetics"
    )
    references = {one.key: one for one in read_references("aqueous")}
    for key, one in references.items():
        name = key.removeprefix("n2or_fe_")
        if key.startswith("n2or_fe_"):
            at = references[f"n2or_e_{name}"].value
            axis.plot([at], [100 * (one.value or 0.0)], "o", color=PALETTE[1])
            axis.annotate(one.quantity.split(" on ")[1], (at, 100 * (one.value or 0.0)), fontsize=7, xytext=(5, -8),
                          textcoords="offset points")  # fmt: skip
    axis.set(
        xlabel="potential (V vs RHE)", ylabel="Faradaic efficiency of NO$_3^-$ (%)", xlim=(1.3, 2.4), ylim=(0.1, 100)
    )
    axis.plot([], [], "o", color=PALETTE[1], label="Table 1, seven catalysts")
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    heading(axis, "N$_2$ oxidation against O$_2$ evolution")
