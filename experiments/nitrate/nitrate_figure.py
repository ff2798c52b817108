"""Curves and figure of nitrate reduction."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.experiment_store import column, curves_of
from experiments.nitrate.nitrate_kinetics import BEST, CATALYSTS, PER_YIELD, currents, kinetics_of, polarisation
from experiments.nitrate.twelve_hours import nitrite_ratio, run_down
from experiments.paired_panels import interval, printed_point
from screening.plot.style import FAINT, INK, PALETTE, heading, new_figure

# mol m-3, 0.05 to 0.5 mol/L as the paper
RANGE = np.geomspace(50.0, 500.0, 31)


def curves(used: Parameters):
    """Efficiency, yield and nitrite against potential, efficiency against concentration, the 12 h run and the battery.

    Args:
        used: parameters.

    Returns:
        dataset.
    """
    potential = np.linspace(-0.85, 0.25, 221)
    share, made, whole, nitrite, diluted, left = [], [], [], [], [], []
    constants = kinetics_of(used)
    for place in range(len(CATALYSTS)):
        parts = currents(used, constants, place, potential, used["concentration"])
        share.append(parts[0] / sum(parts))
        made.append(parts[0] / PER_YIELD)
        whole.append(sum(parts) / 1e3)
        nitrite.append(nitrite_ratio(used, constants, place, potential))
        parts = currents(used, constants, place, -0.4, RANGE)
        diluted.append(parts[0] / sum(parts))
        time, one = run_down(used, constants, place)
        left.append(one)
    current = np.linspace(0.02, 26.0, 1300)
    voltage = polarisation(used, 10 * current)
    both = ("catalyst", "potential")
    fe = "Faradaic efficiency of NH3"
    return curves_of(
        {
            "catalyst": column("catalyst", list(CATALYSTS), "1", "alloy on nitrogen-doped carbon"),
            "potential": column("potential", potential, "V vs RHE", "potential"),
            "efficiency": column(both, share, "1", fe),
            "yield": column(both, made, "mg h-1 mg-1", "NH3 per mass of catalyst"),
            "whole_current": column(both, whole, "mA mg-1", "current of all products per mass of catalyst"),
            "nitrite_ratio": column(both, nitrite, "1", "moles of nitrite for a mole of NH3"),
            "concentration": column("concentration", RANGE / 1e3, "mol L-1", "nitrate"),
            "efficiency_concentration": column(("catalyst", "concentration"), diluted, "1", f"{fe} at -0.4 V"),
            "time": column("time", time, "h", "time of the run at the potential of the parameters"),
            "nitrate_left": column(("catalyst", "time"), np.array(left) / 1e3, "mol L-1", "nitrate in the chamber"),
            "battery_current": column("battery_current", current, "mA cm-2", "current of the zinc-nitrate battery"),
            "battery_voltage": column("battery_current", voltage, "V", "voltage from the half-cell kinetics of RuFe"),
            "battery_power": column("battery_current", voltage * current, "mW cm-2", "power of that cell"),
        }
    )


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Six panels.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `curves`.

    Returns:
        Figure.
    """
    found = {row.reference.key: row for row in rows}
    figure, axes = new_figure(3, width=16.0, height=9.5, rows=2)
    panels = np.reshape(axes, (2, 3))
    _performance(panels[0, 0], panels[0, 1], found, data)
    _onsets(panels[0, 2], found)
    _concentration(panels[1, 0], found, data)
    _run(panels[1, 1], found, data)
    _battery(panels[1, 2], found, data)
    return figure


def _performance(left, right, found, data) -> None:
    for colour, name, best in zip(PALETTE, CATALYSTS, BEST, strict=False):
        one = data.sel(catalyst=name)
        left.plot(data.potential, 100 * one.efficiency, color=colour, label=f"{name}-NC")
        printed_point(left, best, found[f"fe_{name}"], colour, scale=100.0)
        right.plot(data.potential, one["yield"], color=colour, label=f"{name}-NC")
        printed_point(right, -0.5, found[f"yield_{name}"], colour)
    printed_point(right, -0.1, found["yield_RuFe_low"], PALETTE[0])
    left.set(
        xlabel="potential (V vs RHE)", ylabel="Faradaic efficiency of NH$_3$ (%)", xlim=(-0.85, 0.1), ylim=(0, 109)
    )
    right.set(
        xlabel="potential (V vs RHE)",
        ylabel="yield of NH$_3$ (mg h$^{-1}$ mg$^{-1}$)",
        xlim=(-0.85, 0.1),
        ylim=(0, 4.6),
    )
    right.legend(frameon=False, fontsize=8, loc="upper right")
    heading(left, "efficiency, fitted (points: paper with interval)")
    heading(right, "yield, fitted (points: paper with interval)")


def _onsets(axis, found) -> None:
    for place, name in enumerate(CATALYSTS):
        row = found[f"onset_{name}"]
        first = place == 0
        printed_point(axis, place - 0.1, row, PALETTE[1], "paper" if first else "")
        axis.plot([place + 0.1], [row.model], "x", color=PALETTE[0], markersize=7, label="model" if first else None)
    axis.set_xticks(range(len(CATALYSTS)), [f"{name}-NC" for name in CATALYSTS])
    axis.axhline(0.0, color=FAINT, linewidth=0.8)
    axis.set(ylabel="onset potential (V vs RHE)", ylim=(-1.0, 0.3))
    axis.legend(frameon=False, fontsize=8, loc="lower left")
    heading(axis, "onset, held out (scaled from two yields of RuFe)")


def _concentration(axis, found, data) -> None:
    for colour, name in zip(PALETTE, CATALYSTS, strict=False):
        share = data.efficiency_concentration.sel(catalyst=name)
        axis.semilogx(data.concentration, 100 * share, color=colour, label=f"{name}-NC")
    printed_point(axis, 0.05, found["dilute_RuFe"], INK, "paper: RuFe and RuCo above", scale=100.0)
    axis.set(xlabel="nitrate (mol/L)", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 105))
    axis.set_xticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
    axis.minorticks_off()
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "concentration, -0.4 V")


def _run(axis, found, data) -> None:
    first = float(data.nitrate_left.isel(time=0).max())
    for colour, name in zip(PALETTE, CATALYSTS, strict=False):
        axis.plot(data.time, 1e3 * data.nitrate_left.sel(catalyst=name), color=colour, label=f"{name}-NC")
    slope = first * (1 - (found["rate_constant"].reference.value or 0.0) * data.time)
    axis.plot(data.time, 1e3 * slope, "--", color=PALETTE[4], label="Ru-NC, printed constant")
    axis.plot(data.time, 1e3 * first + 0 * data.time, color=FAINT, linewidth=0.8)
    axis.set(xlabel="time (h)", ylabel="nitrate left (mmol/L)", ylim=(0, None))
    axis.legend(frameon=False, fontsize=8, loc="lower left")
    heading(axis, "12 h: straight lines are zero order")


def _battery(axis, found, data) -> None:
    axis.plot(data.battery_current, data.battery_power, color=PALETTE[0], label="power, model")
    reference = found["power"].reference
    below, above = interval(reference)
    aside = interval(found["power_current"].reference)[0]
    axis.errorbar(
        [found["power_current"].reference.value], [reference.value], xerr=aside, yerr=[[below], [above]],
        fmt="o", capsize=3, color=PALETTE[1], label="power, paper",
    )  # fmt: skip
    axis.set(xlabel="current (mA/cm$^2$)", ylabel="power (mW/cm$^2$)", xlim=(0, 22), ylim=(0, 14))
    other = axis.twinx()
    other.spines["top"].set_visible(False)
    other.plot(data.battery_current, data.battery_voltage, "--", color=PALETTE[2], label="voltage, model (right)")
    other.plot(
        [0.15],
        [found["ocv"].reference.value],
        "s",
        color=PALETTE[1],
        label="open circuit, paper (right)",
        clip_on=False,
    )
    other.set(ylabel="voltage (V)", ylim=(0, 2.0))
    lines = [*axis.get_legend_handles_labels()[0], *other.get_legend_handles_labels()[0]]
    axis.legend(lines, [line.get_label() for line in lines], frameon=False, fontsize=8, loc="lower right")
    heading(axis, "zinc-nitrate battery, held out (no constant fitted to it)")
