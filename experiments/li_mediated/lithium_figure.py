"""Figure of the lithium-mediated cells: reference beside model, one panel for each kind of data."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.cv_derived_d.answer import VALID_EXPONENT
from experiments.li_mediated.lithium_cells import SALTS
from experiments.li_mediated.lithium_curves import PARTS
from experiments.li_mediated.lithium_flux import HIGH, LOW
from screening.plot.style import FAINT, INK, PALETTE, heading, new_figure

COLOURS = dict(zip(SALTS, PALETTE, strict=False))


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Twelve panels.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `experiments.li_mediated.lithium_curves`.

    Returns:
        Figure.
    """
    printed = {row.reference.key: row.reference.value for row in rows}
    figure, axes = new_figure(3, width=16.0, height=17.0, rows=4)
    panels = np.reshape(axes, (4, 3))
    _operation(panels[0], printed, data)
    _breakdown(panels[0, 2], data)
    _ethanol(panels[1, 0], printed, data)
    _ageing(panels[1, 1:], printed, data)
    _flux(panels[2, 0], data)
    _sweeps(panels[2, 1], rows, used, data)
    _conductivities(panels[2, 2], rows)
    _apparent(panels[3, 0], printed, data)
    _exponent(panels[3, 1], rows, data)
    _desolvation(panels[3, 2], printed, data)
    return figure


def _operation(axes, printed, data) -> None:
    left, right = axes[0], axes[1]
    for salt in SALTS:
        one, colour = data.sel(salt=salt), COLOURS[salt]
        left.plot(data.current, 100 * one.efficiency, color=colour, label=f"{salt}, model")
        right.plot(data.current, one.voltage, color=colour, label=f"{salt}, model")
        shown = [j for j in (6, 100, 150, 200) if printed.get(f"fe_{salt}_{j}") is not None]
        values = [100 * printed[f"fe_{salt}_{j}"] for j in shown]
        left.plot(shown, values, "o", color=colour, label=f"{salt}, paper")
        volts = [printed[f"u_{salt}_{j}"] for j in (6, 100)]
        right.plot([6, 100], volts, "o", color=colour, label=f"{salt}, paper")
    left.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="Faradaic efficiency (%)", ylim=(0, 105))
    right.set(xlabel="current under pulse (mA/cm$^2$)", ylabel="cell voltage (V)", ylim=(0, None))
    left.legend(frameon=False, fontsize=8)
    right.legend(frameon=False, fontsize=8)
    heading(left, "efficiency of NH$_3$")
    heading(right, "cell voltage")


def _breakdown(axis, data) -> None:
    names = [
        str(case).replace(", ", "\n").removesuffix(" mA/cm2").replace("BF4", "BF$_4$") for case in data.case.values
    ]
    bottom = np.zeros(len(names))
    for colour, (part, label) in zip(PALETTE, PARTS.items(), strict=False):
        values = data.voltage_part.sel(part=part).values
        axis.bar(names, values, bottom=bottom, color=colour, label=label, width=0.6)
        bottom = bottom + values
    axis.set(ylabel="part of the cell voltage (V)", xlabel="electrolyte, current (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "voltage breakdown, model")


def _ethanol(axis, printed, data) -> None:
    axis.plot(data.ethanol, 100 * data.ethanol_ammonia, "-", color=PALETTE[0], label="NH$_3$, model")
    axis.plot(data.ethanol, 100 * data.ethanol_hydrogen, "--", color=PALETTE[1], label="H$_2$, model")
    axis.axvline(printed["best_ethanol"], color=FAINT)
    axis.plot([printed["best_ethanol"]], [100 * printed["pulse_fe_LiDFOB_100"]], "o", color=PALETTE[0], label="paper")
    axis.set(xlabel="ethanol (vol %)", ylabel="Faradaic efficiency (%)", ylim=(0, 108))
    axis.legend(frameon=False, fontsize=8, loc="center right")
    heading(axis, "ethanol, LiDFOB, 100 mA/cm$^2$, 2 s of 32 s")


def _ageing(axes, printed, data) -> None:
    left, right = axes
    left.plot(data.time, 100 * data.aged_efficiency, color=PALETTE[0], label="model")
    left.plot(data.time, 100 * data.aged_mean, "--", color=PALETTE[0], label="model, mean so far")
    left.plot([40], [100 * printed["mean_fe_40h"]], "s", color=PALETTE[1], label="paper, mean of 40 h")
    left.plot([50], [100 * printed["fe_50h"]], "o", color=PALETTE[1], label="paper, at 50 h")
    left.set(xlabel="time (h)", ylabel="Faradaic efficiency (%)", ylim=(0, 105))
    left.legend(frameon=False, fontsize=8, loc="lower left")
    heading(left, "100 mA/cm$^2$, LiDFOB")
    right.plot(data.cycle, 100 * data.failing_efficiency, color=PALETTE[0], label="model")
    ends = [100 * printed["fe_LiDFOB_200"], 100 * printed["fe_200_end"]]
    right.plot([0, 190], ends, "o", color=PALETTE[1], label="paper")
    right.axvline(printed["cycles_200"], color=PALETTE[1], linewidth=0.8)
    right.annotate("cut-off, paper", (printed["cycles_200"] - 3, 57), ha="right", fontsize=8, color=PALETTE[1])
    right.set(xlabel="cycle", ylabel="Faradaic efficiency (%)", ylim=(0, 62), xlim=(-5, 250))
    right.legend(frameon=False, fontsize=8, loc="lower left")
    heading(right, "200 mA/cm$^2$, LiDFOB")


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


def _sweeps(axis, rows, used, data) -> None:
    reached = used["sweep_current"]
    for salt in SALTS:
        voltage = data.swept_voltage.sel(salt=salt)
        axis.plot(voltage, data.swept_current, color=COLOURS[salt], label=f"{salt}, calibrated cell")
    found = {row.reference.key: row for row in rows}
    at = float(np.interp(reached, data.swept_current, data.swept_voltage.sel(salt="LiDFOB")))
    axis.axvline(at, color=FAINT, linewidth=0.8)
    axis.plot([at], [reached], "o", color=COLOURS["LiDFOB"], label="LiDFOB, paper: approached 120")
    limit = found["lsv_LiBF4"].reference.value
    axis.errorbar(
        [at], [limit], yerr=[[12], [0]], uplims=True, fmt="o", color=COLOURS["LiBF4"], label="LiBF4, paper: below 60"
    )
    axis.plot([at], [found["lsv_LiBF4"].model], "x", color=INK, label=f"LiBF4, model: {found['lsv_LiBF4'].model:.0f}")
    axis.set(xlabel="cell voltage (V)", ylabel="current (mA/cm$^2$)", xlim=(3, 10), ylim=(0, 170))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "sweep of fig. 4A, never fitted")


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
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "barriers to conductivities")


def _apparent(axis, printed, data) -> None:
    ends = np.array([1e-20, 1e-11])
    axis.loglog(ends, ends, color=FAINT, linewidth=0.8)
    for colour, rate in zip(PALETTE[2:], data.scan_rate.values, strict=False):
        apparent = data.apparent_diffusivity.sel(scan_rate=rate)
        axis.loglog(data.film_diffusivity, apparent, color=colour, label=f"simulated, {1e3 * rate:g} mV/s")
    for salt in SALTS:
        value = printed[f"cv_{salt}_10"]
        axis.axhline(value, color=COLOURS[salt], linestyle=":")
        axis.annotate(f"{salt}, reported", (1.5e-20, 1.3 * value), fontsize=8, color=COLOURS[salt])
    axis.set(xlabel="film diffusivity (m$^2$/s)", ylabel="apparent diffusivity (m$^2$/s)")
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    heading(axis, "what voltammograms report (grey: the truth)")


def _exponent(axis, rows, data) -> None:
    axis.semilogx(data.film_diffusivity, data.exponent, color=INK, label="simulated, 1 to 100 mV/s")
    axis.axhspan(*VALID_EXPONENT, color=FAINT, alpha=0.4, label="diffusion in the film")
    found = {row.reference.key: row for row in rows}
    for salt in SALTS:
        film, exponent = found[f"cv_{salt}_10"].model, found[f"cv_exponent_{salt}"].model
        if film is not None and exponent is not None:
            axis.plot([film], [exponent], "x", color=COLOURS[salt], label=f"film behind {salt}'s reported D")
    axis.set(xlabel="film diffusivity (m$^2$/s)", ylabel="exponent of the peak current", ylim=(-0.05, 0.75))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "where a voltammogram may be read")


def _desolvation(axis, printed, data) -> None:
    for salt in SALTS:
        barrier = {"LiDFOB": "0.41", "LiBF4": "0.79"}[salt]
        loss = data.desolvation_loss.sel(salt=salt)
        axis.plot(data.current, loss, color=COLOURS[salt], label=f"{salt}, barrier of {barrier} eV, model")
        whole = printed[f"desolvation_loss_{salt}"]
        axis.plot([100], [whole], "o", color=COLOURS[salt], label=f"{salt}, whole loss of the film")
    axis.set(xlabel="current (mA/cm$^2$)", ylabel="overpotential (V)", ylim=(-0.1, 4.6))
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    heading(axis, "desolvation against the loss of the film")
