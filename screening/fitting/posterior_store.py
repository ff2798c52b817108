"""The posterior in the store of a fit: its variables, and what readers make of them without the sampler."""

from typing import TYPE_CHECKING, Any

import numpy as np

from screening.fitting.convergence import independent_samples, sampling_warnings, sampling_words
from screening.fitting.posterior_draws import Posterior
from screening.sampling.distributions import Normal

if TYPE_CHECKING:
    import xarray as xr

IN_UNIT = "see parameter_unit"
# name -> dimensions, units, meaning
VARIABLES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "posterior_value": (("chain", "draw", "parameter"), IN_UNIT, "draws from the posterior"),
    "posterior_divergent": (("chain", "draw"), "1", "1 where the path to the draw diverged"),
    "posterior_acceptance": (("chain", "draw"), "1", "mean acceptance along the path to the draw; 0.8 is aimed at"),
    "posterior_low": (("parameter",), IN_UNIT, "2.5 % quantile of the draws"),
    "posterior_median": (("parameter",), IN_UNIT, "median of the draws"),
    "posterior_high": (("parameter",), IN_UNIT, "97.5 % quantile of the draws"),
    "posterior_scale_reduction": (
        ("parameter",),
        "1",
        "how much longer chains could still narrow the quantity (R-hat); above 1.01 they have not met",
    ),
    "posterior_bulk_samples": (("parameter",), "1", "effective sample size of the middle"),
    "posterior_tail_samples": (("parameter",), "1", "effective sample size of the tails"),
    "prior_mean": (
        ("parameter",),
        IN_UNIT,
        "mean of a normal prior; NaN where the prior is uniform between the bounds",
    ),
    "prior_standard_deviation": (
        ("parameter",),
        IN_UNIT,
        "standard deviation of a normal prior; NaN where it is uniform",
    ),
}


def posterior_variables(posterior: Posterior) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a store of a fit holds of its posterior."""
    names = posterior.parameters.names
    low, high = np.array(list(posterior.interval.values())).T
    bulk, tail = independent_samples(posterior.unit)
    priors = [entry.prior for entry in posterior.parameters.entries]
    normal = [(one.mean, one.standard_deviation) if isinstance(one, Normal) else (np.nan, np.nan) for one in priors]
    found = {
        "posterior_value": posterior.values,
        "posterior_divergent": posterior.divergent.astype(np.uint8),
        "posterior_acceptance": posterior.acceptance,
        "posterior_low": low,
        "posterior_median": np.median(posterior.values.reshape(-1, len(names)), axis=0),
        "posterior_high": high,
        "posterior_scale_reduction": np.array(list(posterior.scale_reduction.values())),
        "posterior_bulk_samples": bulk,
        "posterior_tail_samples": tail,
        "prior_mean": np.array([mean for mean, _ in normal]),
        "prior_standard_deviation": np.array([deviation for _, deviation in normal]),
    }
    variables = {
        name: (dims, found[name], {"units": units, "long_name": about})
        for name, (dims, units, about) in VARIABLES.items()
    }
    return variables, {"posterior_warm_up": posterior.warm_up, "posterior_seed": posterior.seed}


def has_posterior(fit: "xr.Dataset") -> bool:
    """Whether the store of a fit holds draws."""
    return "posterior_value" in fit


def stored_diagnostics(fit: "xr.Dataset") -> tuple[str, list[str]]:
    """What was sampled and why it should not be used yet, from a store."""
    divergent = fit["posterior_divergent"].values
    astray, acceptance = int(divergent.sum()), float(fit["posterior_acceptance"].mean())
    chains, draws = divergent.shape
    samples = np.minimum(fit["posterior_bulk_samples"].values, fit["posterior_tail_samples"].values)
    names = [str(name) for name in fit["parameter"].values]
    words = sampling_words((chains, draws), astray, acceptance, int(fit.attrs["posterior_warm_up"]))
    reduction = fit["posterior_scale_reduction"].values
    return words, sampling_warnings(names, reduction, samples, chains, astray, acceptance)
