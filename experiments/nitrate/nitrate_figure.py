"""Curves and figure of nitrate reduction."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.experiment_store import column, curves_of
from experiments.nitrate.nitrate_kinetics import BEST, CATALYSTS, PER_YIELD, currents, kinetics_of, polarisation
from experiments.nitrate.twelve_hours import nitrite_ratio, run_down
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
    printed = {row.reference.key: row.reference.value for row in rows}
    figure, axes = new_figure(3, width=16.0, height=9.5, rows=2)
    panels = np.reshape(axes, (2, 3))
    _performance(panels[0, 0], panels[0, 1], printed, data)
    _nitrite(panels[0, 2], data)
    _concentration(panels[1, 0], printed, data)
    _run(panels[1, 1], printed, data)
    _battery(panels[1, 2], printed, used, data)
    return figure


def _performance(left, right, printed, data) -> None:
    for colour, name, best in zip(PALETTE, CATALYSTS, BEST, strict=False):
        one = data.sel(catalyst=name)
        left.plot(data.potential, 100 * one.efficiency, color=colour, label=f"{name}-NC")
        left.plot([best], [100 * printed[f"fe_{name}"]], "o", color=colour)
        right.plot(data.potential, one["yield"], color=colour, label=f"{name}-NC")
        right.plot([-0.5], [printed[f"yield_{name}"]], "o", color=colour)
    right.plot([-0.1], [printed["yield_RuFe_low"]], "o", color=PALETTE[0])
    left.set(xlabel="potential (V vs RHE)", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 105))
    right.set(xlabel="potential (V vs RHE)", ylabel="yield (mg h$^{-1}$ mg$^{-1}$)", ylim=(0, 4.6))
    left.legend(frameon=False, fontsize=8, loc="center left")
    right.legend(frameon=False, fontsize=8, loc="upper right")
    heading(left, "efficiency (circles: paper; lines: model)")
    heading(right, "yield (circles: paper; lines: model)")


def _nitrite(axis, data) -> None:
    for colour, name in zip(PALETTE, CATALYSTS, strict=False):
        axis.plot(data.potential, 100 * data.nitrite_ratio.sel(catalyst=name), color=colour, label=f"{name}-NC")
    words = "paper, in words: more than Ru-NC on\nRuCu-NC, less on the other alloys"
    axis.annotate(words, (0.03, 0.56), xycoords="axes fraction", fontsize=8)
    axis.set(xlabel="potential (V vs RHE)", ylabel="NO$_2^-$ for 100 NH$_3$", ylim=(-4, 150))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "nitrite, model")


def _concentration(axis, printed, data) -> None:
    for colour, name in zip(PALETTE, CATALYSTS, strict=False):
        share = data.efficiency_concentration.sel(catalyst=name)
        axis.semilogx(data.concentration, 100 * share, color=colour, label=f"{name}-NC")
    axis.plot([0.05], [100 * printed["dilute_RuFe"]], "^", color=INK, label="paper: RuFe, RuCo above")
    axis.set(xlabel="nitrate (mol/L)", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 105))
    axis.set_xticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
    axis.minorticks_off()
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "concentration, -0.4 V")


def _run(axis, printed, data) -> None:
    first = float(data.nitrate_left.isel(time=0).max())
    for colour, name in zip(PALETTE, CATALYSTS, strict=False):
        axis.plot(data.time, 1e3 * data.nitrate_left.sel(catalyst=name), color=colour, label=f"{name}-NC")
    slope = first * (1 - (printed["rate_constant"] or 0.0) * data.time)
    axis.plot(data.time, 1e3 * slope, "--", color=PALETTE[4], label="Ru-NC, printed constant")
    axis.plot(data.time, 1e3 * first + 0 * data.time, color=FAINT, linewidth=0.8)
    axis.set(xlabel="time (h)", ylabel="nitrate left (mmol/L)", ylim=(0, None))
    axis.legend(frameon=False, fontsize=8, loc="lower left")
    heading(axis, "12 h: straight lines are zero order")


def _battery(axis, printed, used, data) -> None:
    power = axis.plot(data.battery_current, data.battery_power, color=PALETTE[0], label="power, model")
    point = axis.plot([printed["power_current"]], [printed["power"]], "o", color=PALETTE[1], label="power, paper")
    axis.set(xlabel="current (mA/cm$^2$)", ylabel="power (mW/cm$^2$)", ylim=(0, 14))
    other = axis.twinx()
    other.spines["top"].set_visible(False)
    voltage = other.plot(data.battery_current, data.battery_voltage, "--", color=PALETTE[2], label="voltage, model")
    open_circuit = other.plot([0], [printed["ocv"]], "s", color=PALETTE[1], label="open circuit, paper", clip_on=False)
    other.set(ylabel="voltage (V)", ylim=(0, 2.0))
    lines = [*power, *point, *voltage, *open_circuit]
    axis.legend(lines, [line.get_label() for line in lines], frameon=False, fontsize=8, loc="upper right")
    heading(axis, "zinc-nitrate battery")
