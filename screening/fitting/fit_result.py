"""A finished fit as users hold it: its numbers, and how to keep them."""

import os
from dataclasses import dataclass

import xarray as xr

from screening.fitting.fit_dataset import dataset_of
from screening.fitting.fit_estimates import FitEstimates
from screening.fitting.fit_store import save_fit
from screening.fitting.posterior_draws import Posterior


@dataclass(frozen=True)
class FitResult(FitEstimates):
    """A finished fit; its attributes and the questions that it answers are those of `FitEstimates`."""

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
