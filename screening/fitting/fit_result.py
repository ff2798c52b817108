"""A finished fit as users hold it: its numbers, and how to keep them."""

import os
from dataclasses import dataclass

import xarray as xr

from screening.fitting.fit_dataset import dataset_of
from screening.fitting.fit_estimates import FitEstimates
from screening.fitting.fit_store import save_fit
from screening.fitting.posterior_draws import Posterior
from screening.text_table import html_table
from screening.units import format_quantity


@dataclass(frozen=True, repr=False)
class FitResult(FitEstimates):
    """A finished fit; its attributes and the questions that it answers are those of `FitEstimates`."""

    def __repr__(self) -> str:
        """Estimates with their units, in a line."""
        rows = self._rows()[1:]
        return f"<FitResult {', '.join(f'{name} = {value}' for name, value, *_ in rows)}>"

    def _repr_html_(self) -> str:
        """Estimates, intervals and how far the data determine them, for notebooks."""
        return html_table("Fit", self._rows())

    def _rows(self) -> list[tuple[str, str, str, str]]:
        rows = [("quantity", "estimate", "95 % interval", "identifiability")]
        for entry in self.problem.parameters.entries:
            low, high = (format_quantity(end, entry.unit) for end in self.interval[entry.name])
            value = format_quantity(self.estimate[entry.name], entry.unit)
            rows.append((entry.name, value, f"{low} to {high}", self.identifiability[entry.name].words))
        return rows

    def to_dataset(self, posterior: Posterior | None = None) -> xr.Dataset:
        """Everything as an `xarray.Dataset`, SI.

        Args:
            posterior: draws from `sample_posterior`, to be part of it.

        Returns:
            dataset; its attributes hold the fit file, versions and device.
        """
        return dataset_of(self, posterior)

    def save(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, posterior: Posterior | None = None
    ) -> None:
        """Write a zarr v3 store that `xarray.open_zarr` reads.

        Args:
            path: of the new store.
            overwrite: replace an earlier store of a fit, and nothing else.
            posterior: from `sample_posterior`, stored with the fit.

        Raises:
            StudyError: the place is taken or cannot be written; nothing is written then.
        """
        save_fit(self.to_dataset(posterior), path, overwrite=overwrite)
