"""`results.sei`: ranking, fronts, stacks, curves and tables of what `open_results` gives."""

import os
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.api.films import Stack
from screening.api.from_study import stack_of
from screening.config.study import Study, parse_study
from screening.errors import StudyError, shown
from screening.fitting.fit_store import open_fit as open_fit  # through here, so that stored fits have the accessor too
from screening.results.export import write_csv_table, write_parquet
from screening.results.pareto import find_front
from screening.results.ranking import Ranking, open_store, rank
from screening.results.ranking_table import stored_columns
from screening.store.columns import Column
from screening.store.expression import parse_condition
from screening.store.shards import CANDIDATE

if TYPE_CHECKING:
    import pandas as pd


def open_results(path: str | os.PathLike[str], *, chunks: dict[str, int] | str | None = "shard") -> xr.Dataset:
    """The results of a run, read when they are used.

    Args:
        path: a store written by `run_study` or `sei-screen run`, finished or not.
        chunks: dask chunks; one per shard by default. None gives arrays without dask.

    Returns:
        dataset with dimension `candidate` first and without index; inputs are named `param_...`, every variable
        has `units` (SI) and `long_name`; `status` is 1 where a candidate is ok and 0 where it is not computed yet.
        `attrs` has the study text, seed, digest, versions, device and precision. `.sei` asks it for the best
        candidates, fronts, stacks, curves and tables (`Results`).

    Raises:
        StudyError where the path is not a result store.

    Example:
        results = open_results("R.zarr")
        best = results.peak_current_density.isel(scan_rate=-1).min()
    """
    return open_store(path, chunks=chunks)


@xr.register_dataset_accessor("sei")
class Results:
    """What can be asked of the results of a run. Only the columns that a question names are read, in pieces.

    Args:
        dataset: from `open_results`, or candidates selected from it that kept their coordinate `candidate`.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    @property
    def study(self) -> Study:
        """The study of the run.

        Raises:
            StudyError: the dataset has none, or this version cannot read it.
        """
        if "study" not in self._dataset.attrs:
            raise StudyError("no study in the attributes", expected="results of a run", fix="use sei.open_results")
        return parse_study(str(self._dataset.attrs["study"]), samples=self._dataset.attrs.get("samples"))

    def rank(self, sort: str | None = None, top: int | None = None, where: str | None = None) -> Ranking:
        """The ranking of the candidates, with counts of each status; see `screening.results.ranking.rank`."""
        return rank(self._dataset, sort, top, where)

    def top(self, n: int = 10, sort: str | None = None, where: str | None = None) -> xr.Dataset:
        """The best candidates, best first, with everything that is known of them.

        Args:
            n: how many.
            sort: an expression, largest first; "-name" puts the smallest first. What the run is ranked by if left out.
            where: a condition, such as "param_layer1_thickness < 5 nm".

        Returns:
            the chosen candidates, with their numbers as coordinate `candidate` and their films as `film_name`.

        Raises:
            StudyError: an expression that cannot be used.
        """
        return self._chosen(rank(self._dataset, sort, n, where).candidates)

    def films(self, sort: str | None = None, where: str | None = None) -> xr.Dataset:
        """What the run says of each film about one output; of films drawn from posteriors also which one is the best.

        Args:
            sort: an output, the largest is best; "-name" says the smallest. What the run is ranked by if left out.
            where: a condition.

        Returns:
            dims `film`: `median`, `interval_low` and `interval_high`, the 95 % interval, and `candidates`, SI; `probability_best`
            where films are drawn from posteriors. The attribute `probability` says whether films were compared in pairs.

        Raises:
            StudyError: an expression that cannot be used.

        Example:
            >>> open_results("R.zarr").sei.films("limiting_current_density").probability_best  # doctest: +SKIP
        """
        from screening.results.film_summary import summarise_films

        found = summarise_films(self._dataset, sort, where)
        about = {"units": found.column.units, "long_name": found.column.label}
        names = {0.5: "median", 0.025: "interval_low", 0.975: "interval_high"}
        columns = {name: ("film", found.quantile(share), about) for share, name in names.items()}
        columns["candidates"] = (
            "film",
            np.array(found.candidates),
            {"units": "1", "long_name": "candidates that are ok"},
        )
        if found.probability is not None:
            chance = {"units": "1", "long_name": f"probability of being best in {found.column.label}"}
            columns["probability_best"] = ("film", found.probability, chance)
        return xr.Dataset(columns, {"film": list(found.names)}, {"probability": found.words})

    def pareto(self, *objectives: str, where: str | None = None) -> xr.Dataset:
        """The Pareto front: candidates that no other beats in one objective without being worse in another.

        Args:
            objectives: at least two expressions of which more is better; a leading minus says that less is.
            where: a condition.

        Returns:
            the front in the order of the candidates, with the same coordinates.

        Raises:
            StudyError: fewer than two objectives, or an expression that cannot be used.
        """
        if len(objectives) < 2:
            raise StudyError(
                "Pareto front",
                got=f"{len(objectives)} objectives",
                expected="two or more",
                fix='name another, such as "-duration"',
            )
        return self._chosen(find_front(self._dataset, objectives, where).candidates)

    def stack(self, candidate: int) -> Stack:
        """The film of a candidate, ready for `sei.simulate` under another protocol.

        Args:
            candidate: its number in the run.

        Returns:
            layers from the outside to the inside with the properties that the run used, and its electrolyte.

        Raises:
            StudyError: no such candidate.
        """
        return stack_of(self.study, _whole(candidate))

    def simulate(self, candidate: int, *, device: str | None = None) -> xr.Dataset:
        """Full curves of a candidate under the protocol of the run; see `screening.api.simulate_study.simulate_study`.

        Args:
            candidate: its number in the run.
            device: "cpu" or "gpu"; JAX's default if left out.

        Returns:
            dataset with `time`, `potential` and `current_density` along `curve_step`, SI.

        Raises:
            StudyError: no such candidate, or no such device.
        """
        # JAX takes a second to load, for which looking at results need not wait
        from screening.api.simulate_study import simulate_study

        return simulate_study(self.study, _whole(candidate), device=device)

    def to_csv(
        self, path: str | os.PathLike[str], *, sort: str | None = None, top: int | None = None, where: str | None = None
    ) -> None:
        """Write ranked candidates as CSV: every input and output, SI units in the headings.

        Args:
            path: of the file; an earlier one is replaced.
            sort, top, where: as in `top`; all candidates that are ok by default.

        Raises:
            StudyError: an expression that cannot be used, or a place that cannot be written.
        """
        write_csv_table(rank(self._dataset, sort, top, where), path)

    def to_parquet(self, path: str | os.PathLike[str], *, where: str | None = None) -> None:
        """Write all candidates, failed ones too, as Parquet: one column per number, units in the metadata of each.

        Args:
            path: of the file; an earlier one is replaced.
            where: a condition that the written candidates fulfil.

        Raises:
            StudyError: pyarrow is not installed, a condition that cannot be used, or a place that cannot be written.
        """
        condition = None if where is None else parse_condition(self._dataset, where)
        write_parquet(self._dataset, path, condition)

    def to_pandas(self, *, sort: str | None = None, top: int | None = None, where: str | None = None) -> "pd.DataFrame":
        """Ranked candidates as a DataFrame: every input and output, films by their names.

        Args:
            sort, top, where: as in `top`; all candidates that are ok by default.

        Returns:
            a row for each candidate, numbered by `candidate`; SI, units in `attrs["units"]` by column.

        Raises:
            StudyError: an expression that cannot be used.
        """
        import pandas as pd

        ranking = rank(self._dataset, sort, top, where)
        columns = [column for column in stored_columns(self._dataset) if column.name != CANDIDATE]
        values = {column.label: column.read(self._dataset, ranking.candidates) for column in columns}
        if "film" in values:
            values["film"] = self._film_names(values["film"])
        numbers = Column(CANDIDATE, CANDIDATE).read(self._dataset, ranking.candidates)
        frame = pd.DataFrame(values, index=pd.Index(numbers, name=CANDIDATE))
        frame.attrs["units"] = {column.label: column.units for column in columns if column.name != "film"}
        return frame

    def to_arviz(self) -> xr.DataTree:
        """The posterior of a stored fit as ArviZ has it; ArviZ itself is not needed.

        Returns:
            tree with the groups `posterior`, dims (chain, draw), SI, and `sample_stats`.

        Raises:
            StudyError: nothing was sampled.
        """
        from screening.fitting.posterior_store import posterior_tree

        return posterior_tree(self._dataset)

    def _film_names(self, films: np.ndarray) -> np.ndarray:
        return np.asarray(self.study.film_names)[films]

    def _chosen(self, rows: np.ndarray) -> xr.Dataset:
        numbered = CANDIDATE in self._dataset.coords
        chosen = self._dataset.isel({CANDIDATE: rows})
        chosen = chosen if numbered else chosen.assign_coords({CANDIDATE: rows})
        if "film" in chosen and "study" in chosen.attrs:
            names = self._film_names(chosen["film"].values)
            chosen = chosen.assign_coords(film_name=(CANDIDATE, names, {"long_name": "name of the film variant"}))
        return chosen


def _whole(candidate: int) -> int:
    """A number of a candidate, which may come out of a dataset as a NumPy integer or a scalar array."""
    number = np.asarray(candidate)
    if number.ndim or number.dtype.kind not in "iu":
        raise StudyError(
            "number of a candidate", got=shown(repr(candidate)), expected="one whole number", fix="take one, such as 0"
        )
    return int(number)
