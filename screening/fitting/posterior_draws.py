"""Draws from a posterior, and how far they can be trusted."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from jaxtyping import Float

from screening.fitting.arviz_tree import arviz_tree
from screening.fitting.convergence import independent_samples, sampling_verdict, scale_reduction
from screening.fitting.parameters import FreeParameters


@dataclass(frozen=True)
class Weighing:
    """How draws came from weighted simulations.

    Attributes:
        pareto_shape: of the largest weights (k-hat); above 0.7 they could not be trusted.
        effective: number of equal draws that would say as much as all weighted ones.
        simulations: from the priors.
        refined: simulated anew for these data.
    """

    pareto_shape: float
    effective: float
    simulations: int
    refined: int

    @property
    def words(self) -> str:
        """In a sentence."""
        more = f" and {self.refined:,} around what the data allow" if self.refined else ""
        return (
            f"importance weights of {self.simulations:,} simulations of the priors{more}; "
            f"{self.effective:.0f} effective draws, Pareto shape of the weights {self.pareto_shape:.2f} (trusted up to 0.7)"
        )


@dataclass(frozen=True, repr=False)
class Posterior:
    """Draws from a posterior.

    Attributes:
        parameters: the free quantities.
        unit: `[chain, draw, parameter]`, in the unit box.
        divergent: `[chain, draw]`, whether the path to the draw went astray; more than a few mean a wrong posterior.
        acceptance: `[chain, draw]`, mean acceptance along the path to the draw; 0.8 is aimed at.
        warm_up: steps of each chain before its draws.
        seed: random seed.
        weighing: where the draws are of weighted simulations instead of chains.
    """

    parameters: FreeParameters
    unit: Float[np.ndarray, "chain draw parameter"]
    divergent: np.ndarray
    acceptance: np.ndarray
    warm_up: int
    seed: int
    weighing: Weighing | None = None

    @property
    def values(self) -> Float[np.ndarray, "chain draw parameter"]:
        """The draws, SI."""
        return self.parameters.to_values(self.unit.reshape(-1, len(self.parameters))).reshape(self.unit.shape)

    def to_arviz(self) -> xr.DataTree:
        """The draws as ArviZ has them: groups `posterior` (SI) and `sample_stats`; ArviZ itself is not needed."""
        units = {entry.name: entry.unit for entry in self.parameters.entries}
        return arviz_tree(units, self.values, self.divergent, self.acceptance)

    def __repr__(self) -> str:
        """How many draws, and of what."""
        chains, draws, _ = self.unit.shape
        return f"<Posterior of {', '.join(self.parameters.names)}: {chains} chains of {draws} draws>"

    @property
    def covariance(self) -> Float[np.ndarray, "parameter parameter"]:
        """Covariance in the unit box, to compare with that of the Jacobian."""
        return np.atleast_2d(np.cov(self.unit.reshape(-1, len(self.parameters)).T))

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """Central 95 % intervals by name, SI."""
        low, high = np.quantile(self.values.reshape(-1, len(self.parameters)), [0.025, 0.975], axis=0)
        return self.parameters.by_name(zip(low.tolist(), high.tolist(), strict=True))

    @property
    def scale_reduction(self) -> dict[str, float]:
        """How much longer chains could still narrow each quantity, by name; above 1.01 they have not met."""
        return self.parameters.by_name(scale_reduction(self.unit))

    @property
    def independent_samples(self) -> dict[str, float]:
        """How many independent draws would say as much, by name; the fewer of the middle's and the tails'."""
        return self.parameters.by_name(np.minimum(*independent_samples(self.unit)))

    @property
    def words(self) -> str:
        """What was sampled, in a sentence."""
        return self._verdict[0]

    @property
    def warnings(self) -> list[str]:
        """Why the draws should not be used yet, in sentences; empty where nothing speaks against them."""
        return self._verdict[1]

    @cached_property
    def _verdict(self) -> tuple[str, list[str]]:
        if self.weighing is not None:
            return self.weighing.words, []
        reduction, samples = scale_reduction(self.unit), np.minimum(*independent_samples(self.unit))
        names = self.parameters.names
        return sampling_verdict(names, reduction, samples, self.divergent, self.acceptance, self.warm_up)
