"""From the two reported diffusivities to a ranking of their films: priors, posteriors, a screening that draws from these."""

import argparse
import math
import shutil
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.special import ndtr, ndtri

import screening as sei
from screening.errors import StudyError
from screening.fitting.fit_problem import FitProblem, load_fit
from screening.fitting.fit_store import FIT, FORMAT_VERSION, save_fit
from screening.fitting.population_monte_carlo import resample
from screening.fitting.posterior_draws import Posterior
from screening.fitting.posterior_store import posterior_variables
from screening.results.film_summary import show_films
from screening.sampling.streams import random_words, unit_interval

HERE = Path(__file__).resolve().parent
FITS = {"LiDFOB": "fit_lidfob.toml", "LiBF4": "fit_libf4.toml"}
OUTPUTS = ("limiting_current_density", "faradaic_efficiency", "energy_efficiency")
AREA = "area_factor"
# Fewer effective draws do not tell the ends of an interval.
LEAST_EFFECTIVE = 40


def weigh(
    apparent: np.ndarray, value: float, spread: float, bounds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Likelihood of stacks drawn from the prior, the area factor integrated out, and a draw of the area factor of each.

    The apparent diffusivity goes with the square of the area and its logarithm is normal, so that the area factor, log-uniform
    before, is a cut log-normal given the stack.

    Args:
        apparent: `[draw]`, of each stack at its geometric area, m2 s-1; NaN where there is none.
        value: reported, m2 s-1.
        spread: standard uncertainty of its logarithm.
        bounds: of the area factor.

    Returns:
        weights and area factors, `[draw]`.
    """
    centre = (np.log(value) - np.log(apparent)) / 2
    low, high = ((math.log(end) - centre) / (spread / 2) for end in bounds)
    below, above = ndtr(np.minimum(low, high)), ndtr(high)
    # far above the centre both are one to all digits: the mirrored tail has the difference
    mirrored = low > 0
    below, above = np.where(mirrored, ndtr(-high), below), np.where(mirrored, ndtr(-low), above)
    weight = np.nan_to_num(above - below)
    share = unit_interval(random_words(0, AREA, 0, len(apparent)))
    with np.errstate(invalid="ignore"):
        deviate = np.where(mirrored, -1.0, 1.0) * ndtri(below + share * (above - below))
        return weight, np.clip(np.exp(centre + spread / 2 * deviate), *bounds)


def effective_rows(weight: np.ndarray, most: int) -> np.ndarray:
    """Numbers `[draw]` taken in proportion to their weights, in random order: at most as many as are effective, and even.

    Source: effective number, Kish, Survey Sampling (1965).
    """
    effective = weight.sum() ** 2 / max(np.sum(weight**2), 1e-300)
    if effective < LEAST_EFFECTIVE:
        got, expected = f"{effective:.0f} effective draws of {len(weight):,}", f"at least {LEAST_EFFECTIVE}"
        raise StudyError("prior and data hardly meet", got=got, expected=expected, fix="raise --prior", where="--prior")
    return resample(weight, 2 * (min(most, int(effective)) // 2))


def posterior_of(problem: FitProblem, prior: xr.Dataset, most: int) -> Posterior:
    """Posterior of a fit of one apparent diffusivity, from a run of its stack at draws from its priors."""
    (value,), (weight,) = problem.data.value, problem.data.scalar_weight
    entries = problem.parameters.entries
    area = entries[problem.parameters.index(AREA)]
    apparent = np.where(prior.status.values == 1, prior.apparent_diffusivity_randles_sevcik.values, np.nan)
    likelihood, factor = weigh(apparent.astype(float), float(value), 1 / float(weight), area.bounds)
    rows = effective_rows(likelihood, most)
    columns = [factor if entry.name == AREA else prior[f"param_{entry.name}"].values for entry in entries]
    unit = problem.parameters.to_units(np.stack(columns, 1)[rows]).reshape(2, -1, len(entries))
    return Posterior(problem.parameters, unit, np.zeros(unit.shape[:2], bool), np.ones(unit.shape[:2]), 0, 0)


def store_of(problem: FitProblem, posterior: Posterior) -> xr.Dataset:
    """The store of the draws alone, of the format of a fit."""
    variables, about = posterior_variables(posterior)
    strings = np.dtypes.StringDType()
    names = {
        "parameter": np.array(problem.parameters.names, strings),
        "parameter_unit": ("parameter", np.array([entry.unit for entry in problem.parameters.entries], strings)),
    }
    about |= {"format": FIT.format, "format_version": FORMAT_VERSION, "title": problem.study.title, "fit": problem.text}
    return xr.Dataset(variables, names, about | {"sampler": "importance sampling of draws from the prior"})


def draw_posteriors(out: Path, prior: int, draws: int) -> None:
    """Write the posterior of each film into a folder, from one run of stacks drawn from the priors, which both fits share.

    Args:
        out: the folder.
        prior: stacks drawn from the priors; about one in ten counts.
        draws: at most so many of each posterior.
    """
    problems = {film: load_fit(HERE / name) for film, name in FITS.items()}
    first = problems["LiDFOB"].study
    sei.run_study(first.with_samples(prior), out / "prior.zarr", progress=False)
    simulated = sei.open_results(out / "prior.zarr", chunks=None).load()
    for film, problem in problems.items():
        assert problem.study.space.axes == first.space.axes
        found = posterior_of(problem, simulated, draws)
        save_fit(store_of(problem, found), out / f"{film}.zarr")
        low, high = found.interval["layer1_diffusivity"]
        print(f"{film}: {found.unit[..., 0].size} draws, film D from {low:.2g} to {high:.2g} m2/s (95 %)")


def rank_films(out: Path, samples: int | None = None) -> Path:
    """Run the screening that draws from the posteriors in a folder; the store of its results.

    Args:
        out: the folder.
        samples: of each film; those of ranking.toml if left out.
    """
    shutil.copy(HERE / "ranking.toml", out)
    sei.run_study(sei.load_study(out / "ranking.toml", samples=samples), out / "R.zarr", progress=False)
    return out / "R.zarr"


def main() -> None:
    """Run the path and print for each output the films with intervals and the probability of being best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="a new folder")
    parser.add_argument("--prior", type=int, default=8192, help="stacks drawn from the priors")
    parser.add_argument("--draws", type=int, default=1024, help="at most so many draws of each posterior")
    parser.add_argument("--samples", type=int, help="of each film, instead of those of ranking.toml")
    asked = parser.parse_args()
    out = Path(asked.out)
    if out.exists():
        parser.error(f"--out: got {asked.out}, which is there already; give a new folder")
    try:
        out.mkdir(parents=True)
        draw_posteriors(out, asked.prior, asked.draws)
        store = rank_films(out, asked.samples)
    except StudyError as error:
        shutil.rmtree(out)
        parser.error(str(error))
    for name in OUTPUTS:
        show_films(store, sort=name)


if __name__ == "__main__":
    main()
