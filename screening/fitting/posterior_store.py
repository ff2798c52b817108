"""The posterior in the store of a fit: its variables, and what readers make of them without the sampler."""

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from screening.cf_attributes import described
from screening.errors import StudyError
from screening.fitting.arviz_tree import arviz_tree
from screening.fitting.convergence import independent_samples, sampling_verdict
from screening.fitting.posterior_draws import Posterior, Weighing
from screening.sampling.distributions import Normal

IN_UNIT = "see parameter_unit"
WEIGHING = "posterior_weighing_"
DRAW, PARAMETER = ("chain", "draw"), ("parameter",)


def posterior_variables(posterior: Posterior) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a store of a fit holds of its posterior: variables of a dataset, SI, and attributes."""
    values = posterior.values.reshape(-1, len(posterior.parameters))
    low, high = np.array(list(posterior.interval.values())).T
    bulk, tail = independent_samples(posterior.unit)
    reduction = np.array(list(posterior.scale_reduction.values()))
    priors = [entry.prior for entry in posterior.parameters.entries]
    normal = [(one.mean, one.standard_deviation) if isinstance(one, Normal) else (np.nan, np.nan) for one in priors]
    mean, deviation = np.array(normal).T
    met = "how much longer chains could still narrow the quantity (R-hat); above 1.01 they have not met"
    astray = "1 where the path to the draw diverged"
    aim = "mean acceptance along the path to the draw; 0.8 is aimed at"
    prior = "mean of a normal prior; NaN where the prior is uniform between the bounds"
    width = "standard deviation of a normal prior; NaN where it is uniform"
    listed = {
        "posterior_value": ((*DRAW, *PARAMETER), posterior.values, IN_UNIT, "draws from the posterior"),
        "posterior_divergent": (DRAW, posterior.divergent.astype(np.uint8), "1", astray),
        "posterior_acceptance": (DRAW, posterior.acceptance, "1", aim),
        "posterior_low": (PARAMETER, low, IN_UNIT, "2.5 % quantile of the draws"),
        "posterior_median": (PARAMETER, np.median(values, axis=0), IN_UNIT, "median of the draws"),
        "posterior_high": (PARAMETER, high, IN_UNIT, "97.5 % quantile of the draws"),
        "posterior_scale_reduction": (PARAMETER, reduction, "1", met),
        "posterior_bulk_samples": (PARAMETER, bulk, "1", "effective sample size of the middle"),
        "posterior_tail_samples": (PARAMETER, tail, "1", "effective sample size of the tails"),
        "prior_mean": (PARAMETER, mean, IN_UNIT, prior),
        "prior_standard_deviation": (PARAMETER, deviation, IN_UNIT, width),
    }
    variables = {name: (dims, found, described(units, about)) for name, (dims, found, units, about) in listed.items()}
    about = {"posterior_warm_up": posterior.warm_up, "posterior_seed": posterior.seed}
    if posterior.weighing is not None:
        about |= {f"{WEIGHING}{name}": value for name, value in asdict(posterior.weighing).items()}
    return variables, about


def posterior_tree(fit: xr.Dataset) -> xr.DataTree:
    """The posterior of a stored fit as ArviZ has it, a variable for each quantity; ArviZ itself is not needed.

    Args:
        fit: from `open_fit` or `FitResult.to_dataset`, with a posterior.

    Returns:
        tree with the groups `posterior`, dims (chain, draw), SI, and `sample_stats`.

    Raises:
        StudyError: nothing was sampled.

    Example:
        `arviz.summary(sei.open_fit("F.zarr").sei.to_arviz())`
    """
    if not has_posterior(fit):
        fix = "sample it: sei-screen fit --posterior 1000, or sei.sample_posterior"
        raise StudyError("no posterior", got="a fit without draws", expected="draws", fix=fix)
    units = zip(fit["parameter"].values, fit["parameter_unit"].values, strict=True)
    draws = (fit[f"posterior_{name}"].values for name in ("value", "divergent", "acceptance"))
    return arviz_tree({str(name): str(unit) for name, unit in units}, *draws)


def has_posterior(fit: xr.Dataset) -> bool:
    """Whether the store of a fit holds draws."""
    return "posterior_value" in fit


def stored_diagnostics(fit: xr.Dataset) -> tuple[str, list[str]]:
    """What was sampled and why it should not be used yet, from a store."""
    weighing = {key.removeprefix(WEIGHING): value for key, value in fit.attrs.items() if str(key).startswith(WEIGHING)}
    if weighing:
        return Weighing(**weighing).words, []
    samples = np.minimum(fit["posterior_bulk_samples"].values, fit["posterior_tail_samples"].values)
    names = [str(name) for name in fit["parameter"].values]
    reduction, divergent = fit["posterior_scale_reduction"].values, fit["posterior_divergent"].values.astype(bool)
    warm_up = int(fit.attrs["posterior_warm_up"])
    return sampling_verdict(names, reduction, samples, divergent, fit["posterior_acceptance"].values, warm_up)
