"""Film diffusivities whose simulated Randles-Sevcik analysis returns the reported ones, from a store of map.toml."""

import argparse

import numpy as np
import xarray as xr

import screening as sei
from kernels.constants import FARADAY, GAS_CONSTANT
from screening.plot.style import FAINT, INK, PALETTE, heading, new_figure, save_figure

# Reported from voltammograms: Zhang et al., Science 391, 2026, 10.1126/science.adw5462.
REPORTED = {"LiDFOB": 5.75e-13, "LiBF4": 1.63e-15}  # m2 s-1
CONCENTRATION, TEMPERATURE = 2000.0, 298.15  # mol m-3, K
RANDLES_SEVCIK = 0.446294694845
# The exponent of the peak current that a diffusion-controlled voltammogram has.
VALID_EXPONENT = (0.45, 0.55)


def apparent_diffusivity(peak_current, scan_rate):
    """Randles-Sevcik analysis of one peak, m2 s-1, from A m-2 and V s-1."""
    slope = np.abs(peak_current) / (RANDLES_SEVCIK * FARADAY * CONCENTRATION)
    return slope**2 * GAS_CONSTANT * TEMPERATURE / (FARADAY * scan_rate)


def slope_diffusivity(peak_current, scan_rate):
    """Randles-Sevcik analysis of the slope of peak currents against the root of the scan rate, a line with an intercept.

    Args:
        peak_current: `[film, rate]`, A m-2; only the magnitude is used.
        scan_rate: `[rate]`, V s-1.

    Returns:
        m2 s-1, `[film]`; NaN where a rate has no peak or the slope is not positive.
    """
    root = np.sqrt(scan_rate)
    slope = np.abs(peak_current) @ (root - root.mean()) / np.sum((root - root.mean()) ** 2)
    unit = RANDLES_SEVCIK * FARADAY * CONCENTRATION
    return np.where(slope > 0, (slope / unit) ** 2, np.nan) * GAS_CONSTANT * TEMPERATURE / FARADAY


def crossings(diffusivity, apparent, wanted):
    """All places of a curve of points, log-log, where it passes a value."""
    x, y = np.log(diffusivity), np.log(apparent) - np.log(wanted)
    change = np.flatnonzero(y[:-1] * y[1:] < 0)
    return [float(np.exp(x[k] - y[k] * (x[k + 1] - x[k]) / (y[k + 1] - y[k]))) for k in change]


def table(results: xr.Dataset, area_factor: float = 1.0) -> list[tuple]:
    """(film, scan rate, thickness, partition coefficient, exchange current, film diffusivity, exponent), one a crossing.

    Args:
        results: store of map.toml.
        area_factor: true over geometric area of the electrode; the experimenter divides the current by the geometric one.

    Returns:
        rows; diffusivities in m2 s-1.
    """
    rows = []
    names = ("layer1_thickness", "layer1_partition_coefficient", "electrode_exchange_current_density")
    inputs = np.stack([results[f"param_{name}"].values for name in names], 1)
    diffusivity, exponent = results.param_layer1_diffusivity.values, results.scan_rate_exponent.values
    rates = results.scan_rate.values
    apparent = apparent_diffusivity(area_factor * results.peak_current_density.values, rates[None, :])
    good = (results.status.values == 1) & np.isfinite(apparent).all(1)
    for one in np.unique(inputs, axis=0):
        here = np.flatnonzero(good & np.all(inputs == one, axis=1))
        here = here[np.argsort(diffusivity[here])]
        for film, wanted in REPORTED.items():
            for place, rate in enumerate(rates):
                for found in crossings(diffusivity[here], apparent[here, place], wanted):
                    slope = float(np.interp(np.log(found), np.log(diffusivity[here]), exponent[here]))
                    rows.append((film, float(rate), *map(float, one), found, slope))
    return rows


def answer(rows: list[tuple]) -> list[str]:
    """For each film and scan rate: the film diffusivities, the permeability behind all of them, and the exponents."""
    lines = ["film    scan rate   film D at K = 1 (m2/s)    K D / L (m/s)             exponent"]
    for film in REPORTED:
        for rate in sorted({row[1] for row in rows}):
            some = [row for row in rows if row[0] == film and row[1] == rate]
            plain = [row[5] for row in some if row[3] == 1.0]
            permeability = [row[5] * row[3] / row[2] for row in some]
            slopes = [row[6] for row in some]
            spans = [f"{min(v):.3g} to {max(v):.3g}" for v in (plain, permeability)]
            lines.append(
                f"{film:7} {1e3 * rate:3g} mV/s    {spans[0]:25} {spans[1]:25} {min(slopes):.2f} to {max(slopes):.2f}"
            )
    return lines


def figure(results: xr.Dataset):
    """The map of apparent against film diffusivity, and the exponent that tells where it may be read."""
    shown, (left, right) = new_figure(2, width=12.0)
    chosen = results.isel(
        candidate=np.flatnonzero(
            (results.status.values == 1)
            & (results.param_layer1_partition_coefficient.values == 1)
            & (results.param_electrode_exchange_current_density.values == 100.0)
        )
    )
    for colour, (rate, style) in zip(
        PALETTE, zip(chosen.scan_rate.values, ("-", "--", ":"), strict=True), strict=False
    ):
        for thickness, width in ((10e-9, 1.0), (20e-9, 2.0)):
            one = chosen.isel(
                candidate=np.flatnonzero(np.isclose(chosen.param_layer1_thickness.values, thickness, atol=0.0))
            )
            one = one.isel(candidate=np.argsort(one.param_layer1_diffusivity.values))
            diffusivity = one.param_layer1_diffusivity.values
            apparent = apparent_diffusivity(one.peak_current_density.sel(scan_rate=rate).values, rate)
            label = f"{1e3 * rate:g} mV/s, {1e9 * thickness:.0f} nm"
            left.loglog(diffusivity, apparent, style, color=colour, linewidth=width, label=label)
            if rate == chosen.scan_rate.values[0]:
                right.semilogx(
                    diffusivity,
                    one.scan_rate_exponent.values,
                    color=INK,
                    linewidth=width,
                    label=f"{1e9 * thickness:.0f} nm",
                )
    ends = np.array([1e-21, 1e-11])
    left.loglog(ends, ends, color=FAINT, linewidth=0.8)
    for film, wanted in REPORTED.items():
        left.axhline(wanted, color=FAINT, linewidth=0.8)
        left.annotate(f"{film}, reported", (ends[0], wanted), fontsize=8, va="bottom")
    right.axhspan(*VALID_EXPONENT, color=FAINT, alpha=0.4)
    left.set_xlabel("film diffusivity (m$^2$/s)")
    left.set_ylabel("apparent diffusivity, Randles-Sevcik (m$^2$/s)")
    right.set_xlabel("film diffusivity (m$^2$/s)")
    right.set_ylabel("exponent of peak current, 1 to 100 mV/s")
    left.legend(frameon=False, fontsize=8)
    right.legend(frameon=False, fontsize=8)
    heading(left, "what a voltammogram reports (grey line: the truth)")
    heading(right, "where it may be read as a diffusivity (grey band)")
    return shown


def main() -> None:
    """Print the table and save the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", help="from `sei-screen run experiments/cv_derived_d/map.toml --out R.zarr`")
    parser.add_argument("--plot", help="figure to write")
    parser.add_argument("--area-factor", type=float, default=1.0, help="true over geometric area of the electrode")
    asked = parser.parse_args()
    if not 0 < asked.area_factor < float("inf"):
        parser.error(f"--area-factor: got {asked.area_factor:g}, expected a number above 0; 1 is a flat electrode")
    results = sei.open_results(asked.store, chunks=None).load()
    print("\n".join(answer(table(results, asked.area_factor))))
    if asked.plot:
        save_figure(figure(results), asked.plot)


if __name__ == "__main__":
    main()
