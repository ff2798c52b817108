"""Several models of the same data: which explains them best for what it needs, and what each says of the quantities they share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError
from screening.fitting.fit import fit
from screening.fitting.fit_problem import FitProblem, problem_of
from screening.fitting.fit_result import FitResult
from screening.fitting.information import Information
from screening.fitting.model_relations import check_same_data, special_case
from screening.text_table import html_table, table_lines
from screening.units import format_quantity

# Smaller chances are not worth a number.
LEAST_CHANCE = 1e-12


@dataclass(frozen=True, repr=False)
class Comparison:
    """Models fitted to the same data.

    Attributes:
        names: of the models.
        results: their fits.
    """

    names: tuple[str, ...]
    results: tuple[FitResult, ...]

    @property
    def reference(self) -> int:
        """The model that explains most: its residuals are nearest to noise, and say how many of them are independent."""
        return int(np.argmin([result.information.chi2 for result in self.results]))

    @cached_property
    def information(self) -> tuple[Information, ...]:
        """Criteria of the models, all with the independent residuals and the excess variance of the reference."""
        found = [result.information for result in self.results]
        best = found[self.reference]
        free = best.points - best.parameters
        excess = max(best.chi2 / free, 1.0) if free > 0 else 1.0
        return tuple(replace(one, counted=best.effective, excess=excess) for one in found)

    @property
    def delta_aicc(self) -> Float[np.ndarray, "model"]:
        """AICc above that of the best model."""
        return _above_least([one.aicc for one in self.information])

    @property
    def delta_bic(self) -> Float[np.ndarray, "model"]:
        """BIC above that of the best model."""
        return _above_least([one.bic for one in self.information])

    @property
    def weights(self) -> Float[np.ndarray, "model"]:
        """Akaike weights: how likely each is the best of these models for new data; NaN where the points are too few."""
        share = np.exp(-0.5 * self.delta_aicc)
        return share / share.sum()

    @property
    def quantities(self) -> tuple[str, ...]:
        """Free quantities of any model, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for one in self.results for name in one.problem.parameters.names))

    @property
    def likelihood_ratios(self) -> list[str]:
        """One sentence for each model that is a special case of another."""
        lines, found = [], self.information
        for small, large in permutations(range(len(self.names)), 2):
            at_bound = special_case(self.results[small].problem, self.results[large].problem)
            if at_bound is None:
                continue
            ratio = found[small].deviance - found[large].deviance
            more = found[large].parameters - found[small].parameters
            about = f"{self.names[small]} is a special case of {self.names[large]} ({more} fewer)"
            if ratio < -1e-3 * max(1.0, abs(found[small].deviance)):
                lines.append(f"{about}, which ends higher: it has not found its minimum, take more starts")
                continue
            chance = _tail(ratio, more)
            words = f"p {'<=' if at_bound else '='} {chance:.2g}" if chance > LEAST_CHANCE else f"p < {LEAST_CHANCE:g}"
            lines.append(f"{about}: likelihood ratio {max(ratio, 0.0):.3g}, {words}")
        return lines

    def describe(self) -> list[str]:
        """Models, special cases and quantities in lines of text."""
        found, name = self.information, self.names[self.reference]
        one = found[self.reference]
        about = f"{one.points} residuals count as {one.counted:.3g} independent ones"
        about += f" of {one.excess:.3g} times the stated variance" if one.noise_known and one.excess > 1 else ""
        lines = [*table_lines(self._models()), f"points: {about}, as in the best description, {name}"]
        lines += [f"nested: {line}" for line in self.likelihood_ratios]
        best = int(np.argmin(self.delta_aicc))
        lines += [f"missing in {self.names[best]}: {term.words}" for term in self.results[best].missing]
        return [*lines, *table_lines(self._estimates())]

    def _models(self) -> list[tuple[str, ...]]:
        rows = [("model", "chi2", "parameters", "AICc above best", "weight", "BIC above best", "residuals")]
        columns = (self.names, self.information, self.delta_aicc, self.weights, self.delta_bic, self.results)
        for name, one, aicc, weight, bic, result in zip(*columns, strict=True):
            numbers = (f"{one.chi2:.6g}", str(one.parameters), f"{aicc:.3g}", f"{weight:.2g}", f"{bic:.3g}")
            rows.append((name, *numbers, "have a structure" if result.misfit else "like noise"))
        return rows

    def _estimates(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("quantity", *self.names)]
        for quantity in self.quantities:
            cells = [quantity]
            for result in self.results:
                if quantity not in result.estimate:
                    cells.append("")
                    continue
                unit = result.problem.parameters.entries[result.problem.parameters.index(quantity)].unit
                low, high = (format_quantity(end, unit) for end in result.interval[quantity])
                value, flag = format_quantity(result.estimate[quantity], unit), result.identifiability[quantity].words
                cells.append(f"{value} ({low} to {high}), {flag}")
            rows.append(tuple(cells))
        return rows

    def __repr__(self) -> str:
        """Weights by model, in a line."""
        pairs = (f"{name} = {weight:.2g}" for name, weight in zip(self.names, self.weights, strict=True))
        return f"<Comparison {', '.join(pairs)}>"

    def _repr_html_(self) -> str:
        """Models and quantities, for notebooks."""
        return html_table("Models", self._models()) + html_table("Quantities", self._estimates())


def compare(
    *sources: str | Path | FitProblem,
    data: Mapping[str, Any] | None = None,
    starts: int | None = None,
    device: str | None = None,
    threads: int | None = None,
) -> Comparison:
    """Fit several models to the same data and tell which of them explains it best for the quantities it needs.

    Args:
        sources: paths of fit files, their texts, or problems, at least two.
        data: curves by the name of their target, instead of files, as for `sei.fit`.
        starts: number of starts of each, instead of the files'.
        device: "cpu" or "gpu"; JAX's default if left out.
        threads: calls at once; the usable cores if left out.

    Returns:
        Comparison: `delta_aicc`, `delta_bic`, `weights`, `likelihood_ratios`, and the `results`.

    Raises:
        StudyError: fewer than two models, data that differ, or a model that cannot be fitted.

    Source: Burnham & Anderson, Model Selection and Multimodel Inference, 2nd ed. (2002), 2.5 (one variance factor, from the
        most general model, for all) and 2.9 (weights), 10.1007/b97636; special cases: Wilks, Ann. Math. Stat. 9, 60
        (1938), 10.1214/aoms/1177732360; at a bound: Self & Liang, J. Am. Stat. Assoc. 82, 605 (1987),
        10.1080/01621459.1987.10478472.

    Example:
        `sei.compare("plain.toml", "with_capacitance.toml").weights`
    """
    if len(sources) < 2:
        raise StudyError(
            "nothing to compare", got=f"{len(sources)} fit file", expected="at least two", fix="add another"
        )
    names = tuple(
        str(source)
        if isinstance(source, Path) or (isinstance(source, str) and "\n" not in source)
        else f"model {place + 1}"
        for place, source in enumerate(sources)
    )
    problems = [problem_of(source, data) for source in sources]
    for name, problem in zip(names[1:], problems[1:], strict=True):
        check_same_data(problems[0], names[0], problem, name)
    results = []
    for name, problem in zip(names, problems, strict=True):
        try:
            results.append(fit(problem, starts=starts, device=device, threads=threads))
        except StudyError as error:
            raise error.at(name) from None
    return Comparison(names, tuple(results))


def _above_least(values: list[float]) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.array(values) - min(values)


def _tail(ratio: float, more: int) -> float:
    """Probability of a larger likelihood ratio by chance."""
    from scipy.special import chdtrc

    return float(chdtrc(more, max(ratio, 0.0)))
