"""Information criteria of a fit: how well a model explains the data against how many quantities it needs for that."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from screening.fitting.fit_problem import FitProblem


@dataclass(frozen=True)
class Information:
    """What the criteria of a fit are made of.

    The criteria count every point as independent, so that stored fits of the same data can be set against each other; a
    comparison of models gives all of them the `counted` points and the `excess` of the best one (see `comparison`).

    Attributes:
        chi2: sum of squared residuals of the data, in standard uncertainties.
        points: number of residuals.
        effective: number of independent residuals that say as much, where neighbours hang together.
        parameters: free quantities, coefficients of backgrounds, and the noise where it is estimated.
        noise_known: whether every target has its uncertainty.
        counted: number of independent residuals that the criteria assume.
        excess: factor on the variance that the criteria assume.
    """

    chi2: float
    points: int
    effective: float
    parameters: int
    noise_known: bool
    counted: float
    excess: float = 1.0

    @property
    def deviance(self) -> float:
        """-2 ln L, but for what is the same for all models of the data: normal noise, known or estimated from the residuals."""
        if self.noise_known:
            return self.chi2 / self.excess * self.counted / self.points
        return self.counted * math.log(max(self.chi2, 1e-300) / self.points)

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2 * self.parameters

    @property
    def aicc(self) -> float:
        """Akaike's criterion for few points; infinite where there are no more points than quantities."""
        left = self.counted - self.parameters - 1
        return self.aic + 2 * self.parameters * (self.parameters + 1) / left if left > 0 else math.inf

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return self.deviance + self.parameters * math.log(self.counted)

    @property
    def words(self) -> str:
        """In a line."""
        together = f" that say as much as {self.effective:.3g} independent ones" if self.effective < self.points else ""
        return (
            f"chi2 = {self.chi2:.6g} of {self.points} points{together}, {self.parameters} parameters; "
            f"AIC = {self.aic:.6g}, AICc = {self.aicc:.6g}, BIC = {self.bic:.6g}"
        )


def information_of(problem: FitProblem, residual: Float[np.ndarray, "residual"], repeated: float) -> Information:
    """Information criteria of a fit.

    Args:
        problem: what was fitted.
        residual: `[residual]`, at the best point, in standard uncertainties.
        repeated: how much neighbouring residuals repeat each other, from `variance_scale`.

    Returns:
        Information; normal priors count neither among the points nor in chi2.

    Source: Akaike, IEEE Trans. Autom. Control 19, 716 (1974), 10.1109/TAC.1974.1100705; Hurvich & Tsai, Biometrika 76, 297
        (1989), 10.1093/biomet/76.2.297; Schwarz, Ann. Stat. 6, 461 (1978), 10.1214/aos/1176344136; effective number of a
        first-order autoregression: Bayley & Hammersley (1946), 10.2307/2983560.

    Example:
        `information_of(problem, result.residual, result.linear.repeated).bic`
    """
    padding = int(np.count_nonzero(problem.data.weight == 0))
    points = len(residual) - padding
    parameters = len(problem.parameters) + problem.data.profiled + (not problem.noise_known)
    chi2 = float(np.sum(residual**2))
    return Information(chi2, points, points / repeated, parameters, problem.noise_known, float(points))
