"""Figure of the lithium-mediated cells: reference beside model, one panel for each kind of data."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.cv_derived_d.answer import VALID_EXPONENT
from experiments.li_mediated.lithium_cells import SALTS
from experiments.li_mediated.lithium_flux import HIGH, LOW
from experiments.paired_panels import distances, interval, printed_point
from screening.plot.style import FAINT, INK, PALETTE, heading, new_figure

COLOURS = dict(zip(SALTS, PALETTE, strict=False))
NAMES = {"LiDFOB": "LiDFOB", "LiBF4": "LiBF$_4$"}
# short names of the rows whose distances are drawn
TOLD_APART = {
    "lsv_LiBF4_size": "LiBF$_4$ in the sweep",
    "lsv_LiBF4_iR_free": "the same, iR-free",
    "resistance_ratio": "film resistances",
    "best_ethanol": "best ethanol content",
    "film_sigma_lowest": "film over LiF crystal",
    "fe_LiDFOB_100": "FE, LiDFOB, 100",
    "fe_LiDFOB_150": "FE, LiDFOB, 150",
    "fe_LiDFOB_200": "FE, LiDFOB, 200",
    "fe_LiBF4_100": "FE, LiBF$_4$, 100",
    "u_LiDFOB_100": "voltage, LiDFOB, 100",
    "u_LiBF4_100": "voltage, LiBF$_4$, 100",
    "ee_LiDFOB_100": "EE, LiDFOB, 100",
    "ee_LiBF4_100": "EE, LiBF$_4$, 100",
    "cycled_fe_LiDFOB_6": "FE, LiDFOB, 6, cycled",
    "mean_fe_40h": "mean FE of 40 h",
    "cycles_200": "cycles at 200 mA/cm$^2$",
}


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Twelve panels.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `experiments.li_mediated.lithium_curves`.

    Returns:
        Figure.
    """
    found = {row.reference.key: row for row in rows}
    figure, axes = new_figure(3, width=16.0, height=17.0, rows=4)
    panels = np.reshape(axes, (4, 3))
    _sweeps(panels[0, 0], found, used, data)
    distances(panels[0, 1], rows, TOLD_APART, "held out, and what a calibration was given")
    _flux(panels[0, 2], data)
    _operation(panels[1], found, data)
    _ethanol(panels[1, 2], found, data)
    _ageing(panels[2, :2], found, data)
    _conductivities(panels[2, 2], found)
    _apparent(panels[3, 0], found, data)
    _exponent(panels[3, 1], found, data)
    _desolvation(panels[3, 2], found, data)
    return figure


def _operation(axes, found, data) -> None:
    left, right = axes[0], axes[1]
    for salt in SALTS:
        one, colour = data.sel(salt=salt), COLOURS[salt]
        left.plot(data.current, 100 * one.efficiency, color=colour, label=f"{NAMES[salt]}, model")
        right.plot(data.current, one.voltage, color=colour, label=f"{NAMES[salt]}, model")
        for j in (6, 100, 150, 200):
            if f"fe_{salt}_{j}" in found:
                label = f"{NAMES[salt]}, paper" if j == 6 else ""
                printed_point(left, j, found[f"fe_{salt}_{j}"], colour, label, scale=100.0)
        for j in (6, 100):
            printed_point(right, j, found[f"u_{salt}_{j}"], colour, f"{NAMES[salt]}, paper" if j == 6 else "")
    left.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 107))
    right.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="cell voltage (V)", ylim=(0, None))
    left.legend(frameon=False, fontsize=8, loc="center", bbox_to_anchor=(0.3, 0.7))
    right.legend(frameon=False, fontsize=8)
    heading(left, "efficiency, fitted")
    heading(right, "cell voltage, fitted at 6 and 100 mA/cm$^2$")


def _ethanol(axis, found, data) -> None:
    axis.plot(data.ethanol, 100 * data.ethanol_ammonia, "-", color=PALETTE[0], label="NH$_3$, model")
    axis.plot(data.ethanol, 100 * data.ethanol_hydrogen, "--", color=PALETTE[2], label="H$_2$, model")
    best, reach = found["best_ethanol"].reference.value, interval(found["best_ethanol"].reference)[0]
    printed_point(
        axis, best, found["pulse_fe_LiDFOB_100"], PALETTE[1], "paper: best content, FE", scale=100.0, xerr=reach
    )
    axis.axvline(found["best_ethanol"].model, color=PALETTE[0], linewidth=0.8, linestyle=":", label="best, model")
    axis.set(xlabel="ethanol (vol %)", ylabel="Faradaic efficiency (%)", ylim=(0, 108))
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "ethanol: the best content is held out, its FE fitted")


def _ageing(axes, found, data) -> None:
    left, right = axes
    left.plot(data.time, 100 * data.aged_efficiency, color=PALETTE[0], label="model")
    left.plot(data.time, 100 * data.aged_mean, "--", color=PALETTE[0], label="model, mean so far")
    printed_point(left, 40, found["mean_fe_40h"], PALETTE[1], "paper, mean of 40 h", scale=100.0, fmt="s")
    printed_point(left, 50, found["fe_50h"], PALETTE[1], "paper, at 50 h", scale=100.0)
    left.set(xlabel="time (h)", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 105))
    left.legend(frameon=False, fontsize=8, loc="lower left")
    heading(left, "50 h at 100 mA/cm$^2$, LiDFOB, fitted")
    right.plot(data.cycle, 100 * data.failing_efficiency, color=PALETTE[0], label="model")
    printed_point(right, 0, found["fe_LiDFOB_200"], PALETTE[1], "paper", scale=100.0)
    failed = found["cycles_200"].reference
    printed_point(right, failed.value, found["fe_200_end"], PALETTE[1], scale=100.0, xerr=interval(failed)[0])
    right.annotate("cut-off, paper", (failed.value, 25.5), ha="center", fontsize=8, color=PALETTE[1])
    right.set(xlabel="cycle", ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 62), xlim=(-5, 250))
    right.legend(frameon=False, fontsize=8, loc="lower left")
    heading(right, "200 mA/cm$^2$ until the cell fails, LiDFOB, fitted")


def _flux(axis, data) -> None:
    axis.loglog(data.ratio, data.planar_current, color=PALETTE[0], label="1-D, no diffusion layer")
    axis.loglog(data.ratio, data.layered_current, "--", color=PALETTE[0], label="1-D, diffusion layer")
    axis.loglog(data.ratio, data.channel_current, color=PALETTE[2], label="2-D, fed from the end")
    axis.axhline(100, color=PALETTE[1])
    axis.annotate("100 mA/cm$^2$, paper", (1.25e-5, 180), fontsize=8, color=PALETTE[1])
    for ratio in (HIGH, LOW):
        axis.axvline(ratio, color=FAINT, linewidth=0.8)
    axis.set(xlabel="D$_{SEI}$ / D$_0$", ylabel="largest current (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    heading(axis, "Li$^+$ flux (grey: ratios of the paper)")


def _sweeps(axis, found, used, data) -> None:
    reached = used["sweep_current"]
    for salt in SALTS:
        voltage = data.swept_voltage.sel(salt=salt)
        axis.plot(voltage, data.swept_current, color=COLOURS[salt], label=f"{NAMES[salt]}, calibrated cell")
    at = float(np.interp(reached, data.swept_current, data.swept_voltage.sel(salt="LiDFOB")))
    axis.axvline(at, color=FAINT, linewidth=0.8)
    axis.plot([at], [reached], "s", color=COLOURS["LiDFOB"], label="LiDFOB, paper: approached 120")
    row = found["lsv_LiBF4_size"]
    printed_point(axis, at + 0.12, row, COLOURS["LiBF4"], "LiBF$_4$, paper: below 60 (read as its size)")
    axis.plot(
        [at - 0.12], [row.model], "x", color=COLOURS["LiBF4"], markersize=8, label=f"LiBF$_4$, model: {row.model:.0f}"
    )
    axis.set(xlabel="cell voltage (V)", ylabel="current (mA/cm$^2$)", xlim=(3, 10), ylim=(0, 200))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "sweep of fig. 4A, held out")


def _conductivities(axis, found) -> None:
    keys = {
        "sigma_lih": "LiH\n1.07 eV",
        "sigma_lif": "LiF\n0.60 eV",
        "film_sigma_LiBF4": "LiBF$_4$ film\nneeded",
        "film_sigma_LiDFOB": "LiDFOB film\nneeded",
    }
    names = list(keys.values())
    places = np.arange(len(keys))
    axis.plot([found[key].model for key in keys], places + 0.1, "x", color=PALETTE[0], markersize=7, label="model")
    for place, key in enumerate(("sigma_lih", "sigma_lif")):
        below, above = interval(found[key].reference)
        axis.errorbar(
            [found[key].reference.value], [place - 0.1], xerr=[[below], [above]], fmt="o", capsize=3, markersize=5,
            color=PALETTE[1], label="table S3" if place == 0 else None,
        )  # fmt: skip
    axis.axvline(found["film_sigma_LiDFOB"].reference.value, color=PALETTE[1], linewidth=0.8)
    axis.annotate("Li$_3$N, table S3 ", (2.19e-5, 0.5), fontsize=8, color=PALETTE[1], ha="right")
    axis.set_yticks(places, names)
    axis.set(xscale="log", xlabel="conductivity (S/m)", xlim=(1e-24, 1e-2), ylim=(-0.5, 3.5))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "barriers to conductivities")


def _apparent(axis, found, data) -> None:
    ends = np.array([1e-20, 1e-11])
    axis.loglog(ends, ends, color=FAINT, linewidth=0.8)
    for rate, style in ((1, ":"), (10, "--"), (100, "-.")):
        apparent = data.apparent_diffusivity.sel(scan_rate=rate / 1e3)
        axis.loglog(data.film_diffusivity, apparent, style, color=PALETTE[2], label=f"one peak, {rate} mV/s")
    axis.loglog(data.film_diffusivity, data.slope_diffusivity, color=INK, label="slope, 5 to 100 mV/s")
    for salt in SALTS:
        row = found[f"cv_{salt}_slope"]
        value = row.reference.value
        axis.axhspan(
            value - interval(row.reference)[0], value + interval(row.reference)[1], color=COLOURS[salt], alpha=0.15
        )
        axis.annotate(f"{NAMES[salt]}, reported", (1.5e-20, 1.1 * value), fontsize=8, color=COLOURS[salt], va="bottom")
        if row.model is not None:
            axis.plot([row.model], [value], "x", color=COLOURS[salt], markersize=8)
    axis.set(xlabel="film diffusivity (m$^2$/s)", ylabel="reported diffusivity (m$^2$/s)", ylim=(1e-20, 1e-8))
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    heading(axis, "what voltammograms report (grey: the truth)")


def _exponent(axis, found, data) -> None:
    axis.semilogx(data.film_diffusivity, data.exponent, color=INK, label="simulated, 1 to 100 mV/s")
    axis.axhspan(*VALID_EXPONENT, color=FAINT, alpha=0.4, label="diffusion in the film")
    for salt in SALTS:
        film, exponent = found[f"cv_{salt}_slope"].model, found[f"cv_exponent_{salt}"].model
        if film is not None and exponent is not None:
            axis.plot(
                [film],
                [exponent],
                "x",
                color=COLOURS[salt],
                markersize=8,
                label=f"film behind {NAMES[salt]}'s reported D",
            )
    axis.set(xlabel="film diffusivity (m$^2$/s)", ylabel="exponent of the peak current", ylim=(-0.05, 0.85))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "where a voltammogram may be read")


def _desolvation(axis, found, data) -> None:
    for salt in SALTS:
        barrier = {"LiDFOB": "0.41", "LiBF4": "0.79"}[salt]
        loss = data.desolvation_loss.sel(salt=salt)
        axis.plot(data.current, loss, color=COLOURS[salt], label=f"{NAMES[salt]}, barrier of {barrier} eV, model")
        whole = found[f"desolvation_loss_{salt}"].reference.value
        axis.plot([100], [whole], "o", color=COLOURS[salt], label=f"{NAMES[salt]}, whole loss of the film")
    axis.set(xlabel="current (mA/cm$^2$)", ylabel="overpotential (V)", ylim=(-0.1, 4.6))
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    heading(axis, "desolvation against the loss of the film")
