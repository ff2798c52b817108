"""Figure of the lithium-mediated cells: reference beside model, one panel for each kind of data."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.li_mediated.ageing import failing_run, long_run
from experiments.li_mediated.cells import SALTS, steady_points
from experiments.li_mediated.flux import HIGH, LOW, RATIOS, channel_fields, planar_current, sweeps
from experiments.li_mediated.operation import SCAN, ethanol_curve
from screening.plot.style import FAINT, INK, PALETTE, heading

COLOURS = dict(zip(SALTS, PALETTE, strict=False))


def draw(rows: tuple[Row, ...], used: Parameters):
    """Nine panels.

    Args:
        rows: of this experiment.
        used: parameters.

    Returns:
        Figure.
    """
    from matplotlib.figure import Figure

    printed = {row.reference.key: row.reference.value for row in rows}
    figure = Figure(figsize=(15.0, 12.5), layout="constrained")
    panels = figure.subplots(3, 3)
    for axis in panels.flat:
        axis.spines[["top", "right"]].set_visible(False)
    _operation(panels[0], printed, used)
    _breakdown(panels[0, 2], used)
    _ethanol(panels[1, 0], printed, used)
    _ageing(panels[1, 1:], printed, used)
    _flux(panels[2, 0], used)
    _sweeps(panels[2, 1], printed, used)
    _conductivities(panels[2, 2], rows)
    return figure


def _operation(axes, printed, used) -> None:
    left, right = axes[0], axes[1]
    currents = np.array([6, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 135, 150, 165, 180, 200.0])
    duty = used["on_time"] / (used["on_time"] + used["off_time"])
    for salt in SALTS:
        # rests where the mean current would leave protons short, as the paper rested
        points = [(salt, j, 1.0 if j <= 6 else duty) for j in currents]
        cells = steady_points(used, points)
        left.plot(currents, 100 * cells.efficiency.ammonia, color=COLOURS[salt], label=f"{salt}, model")
        right.plot(currents, cells.voltage.total, color=COLOURS[salt], label=f"{salt}, model")
        shown = [j for j in (6, 100, 150, 200) if f"fe_{salt}_{j}" in printed]
        left.plot(
            shown, [100 * printed[f"fe_{salt}_{j}"] for j in shown], "o", color=COLOURS[salt], label=f"{salt}, paper"
        )
        right.plot(
            [6, 100], [printed[f"u_{salt}_{j}"] for j in (6, 100)], "o", color=COLOURS[salt], label=f"{salt}, paper"
        )
    left.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="Faradaic efficiency (%)", ylim=(0, 105))
    right.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="cell voltage (V)", ylim=(0, None))
    left.legend(frameon=False, fontsize=8)
    right.legend(frameon=False, fontsize=8)
    heading(left, "efficiency of NH$_3$")
    heading(right, "cell voltage")


def _breakdown(axis, used) -> None:
    duty = used["on_time"] / (used["on_time"] + used["off_time"])
    cells = steady_points(used, [("LiDFOB", 6, 1.0), ("LiBF4", 6, 1.0), ("LiDFOB", 100, duty), ("LiBF4", 100, duty)])
    names = ["LiDFOB\n6", "LiBF$_4$\n6", "LiDFOB\n100", "LiBF$_4$\n100"]
    bottom = np.zeros(4)
    for colour, (part, label) in zip(
        PALETTE,
        (
            ("equilibrium", "Li$^+$/Li"),
            ("electrolyte", "electrolyte and cell"),
            ("film", "film"),
            ("concentration", "concentration"),
        ),
        strict=False,
    ):
        values = getattr(cells.voltage, part)
        axis.bar(names, values, bottom=bottom, color=colour, label=label, width=0.6)
        bottom = bottom + values
    axis.set(ylabel="part of the cell voltage (V)", xlabel="electrolyte, current (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "voltage breakdown, model")


def _ethanol(axis, printed, used) -> None:
    ammonia, hydrogen = ethanol_curve(used)
    axis.plot(SCAN, 100 * ammonia, "-", color=PALETTE[0], label="NH$_3$, model")
    axis.plot(SCAN, 100 * hydrogen, "--", color=PALETTE[1], label="H$_2$, model")
    axis.axvline(printed["best_ethanol"], color=FAINT)
    axis.plot([printed["best_ethanol"]], [100 * printed["pulse_fe_LiDFOB_100"]], "o", color=PALETTE[0], label="paper")
    axis.set(xlabel="ethanol (vol %)", ylabel="Faradaic efficiency (%)", ylim=(0, 108))
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "ethanol, LiDFOB, 100 mA/cm$^2$, 2 s of 32 s")


def _ageing(axes, printed, used) -> None:
    left, right = axes
    hours, aged = long_run(used)
    left.plot(hours, 100 * aged.efficiency.ammonia, color=PALETTE[0], label="model")
    left.plot(hours, 100 * aged.mean_ammonia, "--", color=PALETTE[0], label="model, mean so far")
    left.plot([40], [100 * printed["mean_fe_40h"]], "s", color=PALETTE[1], label="paper, mean of 40 h")
    left.plot([50], [100 * printed["fe_50h"]], "o", color=PALETTE[1], label="paper, at 50 h")
    left.set(xlabel="time (h)", ylabel="Faradaic efficiency (%)", ylim=(0, 105))
    left.legend(frameon=False, fontsize=8, loc="lower left")
    heading(left, "100 mA/cm$^2$, LiDFOB")
    cycles, failed = failing_run(used)
    right.plot(cycles, 100 * failed.efficiency.ammonia, color=PALETTE[0], label="model")
    right.plot(
        [0, 190], [100 * printed["fe_LiDFOB_200"], 100 * printed["fe_200_end"]], "o", color=PALETTE[1], label="paper"
    )
    right.axvline(printed["cycles_200"], color=PALETTE[1], linewidth=0.8)
    right.annotate("cut-off, paper", (printed["cycles_200"] - 3, 57), ha="right", fontsize=8, color=PALETTE[1])
    right.set(xlabel="cycle", ylabel="Faradaic efficiency (%)", ylim=(0, 62), xlim=(-5, 250))
    right.legend(frameon=False, fontsize=8, loc="lower left")
    heading(right, "200 mA/cm$^2$, LiDFOB")


def _flux(axis, used) -> None:
    fields = channel_fields(used, [HIGH, LOW, *RATIOS])
    axis.loglog(RATIOS, planar_current(used, RATIOS), color=PALETTE[0], label="1-D, no diffusion layer")
    axis.loglog(
        RATIOS,
        planar_current(used, RATIOS, used["diffusion_layer"]),
        "--",
        color=PALETTE[0],
        label="1-D, diffusion layer",
    )
    axis.loglog(RATIOS, fields.current_density[2:] / 10, color=PALETTE[2], label="2-D, fed from the end")
    axis.axhline(100, color=PALETTE[1])
    axis.annotate("100 mA/cm$^2$, paper", (1.25e-5, 180), fontsize=8, color=PALETTE[1])
    for ratio in (HIGH, LOW):
        axis.axvline(ratio, color=FAINT, linewidth=0.8)
    axis.set(xlabel="D$_{SEI}$ / D$_0$", ylabel="largest current (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    heading(axis, "Li$^+$ flux (grey: ratios of the paper)")


def _sweeps(axis, printed, used) -> None:
    for salt, (potential, current) in sweeps(used).items():
        axis.plot(potential, current, color=COLOURS[salt], label=f"{salt}, model with reported D")
        bound = "approached" if salt == "LiDFOB" else "below"
        axis.axhline(printed[f"lsv_{salt}"], color=COLOURS[salt], linestyle=":", label=f"{salt}, paper: {bound}")
    axis.set(xlabel="potential (V vs Li$^+$/Li)", ylabel="current (mA/cm$^2$)", ylim=(0, 200))
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    heading(axis, "sweep at 10 mV/s")


def _conductivities(axis, rows) -> None:
    keys = {
        "sigma_lih": "LiH\n1.07 eV",
        "sigma_lif": "LiF\n0.60 eV",
        "film_sigma_LiBF4": "LiBF$_4$ film\nneeded",
        "film_sigma_LiDFOB": "LiDFOB film\nneeded",
    }
    found = {row.reference.key: row for row in rows}
    names = list(keys.values())
    axis.plot([found[key].model for key in keys], names, "x", color=PALETTE[0], label="model")
    printed = [found[key].reference.value for key in ("sigma_lih", "sigma_lif")]
    axis.plot(printed, names[:2], "o", color=PALETTE[1], label="table S3", zorder=0)
    axis.axvline(found["film_sigma_LiDFOB"].reference.value, color=PALETTE[1], linewidth=0.8)
    axis.annotate("Li$_3$N, table S3 ", (2.19e-5, 0.5), fontsize=8, color=PALETTE[1], ha="right")
    axis.set(xscale="log", xlabel="conductivity (S/m)", xlim=(1e-24, 1e-2), ylim=(-0.5, 3.5))
    axis.tick_params(colors=INK)
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "barriers to conductivities")
