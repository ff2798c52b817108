"""The parameter space of a study: which quantities vary in which film, and which candidate is which sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from screening.config.located import Located
from screening.config.settings import MAX_SAMPLES, Sampling
from screening.errors import StudyError
from screening.sampling.designs import Axis, grid_size, sample_values, table_length
from screening.sampling.distributions import Draws, Fixed


@dataclass(frozen=True)
class Share:
    """The candidates of one film inside a chunk.

    Attributes:
        film: number of the film.
        rows: their rows in the chunk.
        start: first sample of the film.
        stop: one past its last sample.
    """

    film: int
    rows: slice
    start: int
    stop: int


@dataclass(frozen=True)
class ParameterSpace:
    """Axes and sizes of all film variants.

    Candidates go round the films: candidate i is sample i // n_films of film i % n_films, so that every part of a
    campaign compares all films at the same draws of whatever they share. Only grids of different sizes come film after
    film instead.

    Attributes:
        sampling: design and random seed.
        axes: varied quantities of each film; those shared by all films come first.
        samples: number of samples of each film.
    """

    sampling: Sampling
    axes: tuple[tuple[Axis, ...], ...]
    samples: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of candidates."""
        return sum(self.samples)

    def shares(self, start: int, stop: int) -> Iterator[Share]:
        """Split the candidates `start` to `stop` by film."""
        films = len(self.samples)
        if len(set(self.samples)) == 1:
            for film in range(films):
                first = start + (film - start) % films
                if first < stop:
                    count = (stop - 1 - first) // films + 1
                    yield Share(film, slice(first - start, None, films), first // films, first // films + count)
            return
        offset = 0
        for film, size in enumerate(self.samples):
            first, last = max(start, offset), min(stop, offset + size)
            if first < last:
                yield Share(film, slice(first - start, last - start), first - offset, last - offset)
            offset += size

    def values(self, share: Share) -> dict[str, Float[np.ndarray, "sample"]]:
        """Values of the varied quantities of one share."""
        return sample_values(
            self.sampling.design,
            self.axes[share.film],
            self.samples[share.film],
            share.start,
            share.stop,
            seed=self.sampling.seed,
        )


def build_space(sampling: Sampling, common: Sequence[Located], films: Sequence[Sequence[Located]]) -> ParameterSpace:
    """Find the axes of each film and the number of samples.

    Shared parameters and the quantities outside the films take the first dimensions of a Sobol sequence, so that all
    films see the same draws of them; a posterior takes one for all quantities that are drawn from it. Beside a posterior, which
    asks for probabilities, no two films use the same dimension for what is their own.
    """
    dimensions: dict[str, int] = {}
    everything = [*common, *(scalar for film in films for scalar in film)]
    joint = any(isinstance(scalar.distribution, Draws) for scalar in everything)
    for scalar in everything:
        if isinstance(scalar.distribution, Draws):
            dimensions.setdefault(scalar.distribution.stream, len(dimensions))
        elif scalar.varied and (scalar.label != scalar.path or scalar in common):
            dimensions.setdefault(scalar.label, len(dimensions))
    axes = []
    own = len(dimensions)
    for film in films:
        found: dict[str, Axis] = {}
        own = own if joint else len(dimensions)
        for scalar in (*common, *film):
            distribution = scalar.distribution
            if isinstance(distribution, Fixed) or scalar.label in found:
                continue
            axis = Axis(scalar.label, own, distribution)
            if axis.stream not in dimensions:
                own += 1
            else:
                axis = Axis(scalar.label, dimensions[axis.stream], distribution)
            found[scalar.label] = axis
        axes.append(tuple(sorted(found.values(), key=lambda axis: axis.dimension)))
    return ParameterSpace(sampling, tuple(axes), _samples(sampling, axes))


def _samples(sampling: Sampling, axes: Sequence[tuple[Axis, ...]]) -> tuple[int, ...]:
    varied = any(axes)
    if sampling.design in ("grid", "table"):
        drawn = [axis.label for film in axes for axis in film if isinstance(axis.distribution, Draws)]
        if drawn:
            fix = 'write design = "sobol" and samples = 1024'
            raise StudyError(
                "a posterior is drawn from",
                got=f"a {sampling.design}",
                expected="a design of draws",
                fix=fix,
                where=drawn[0],
            )
        size_of = grid_size if sampling.design == "grid" else table_length
        sizes = tuple(size_of(film) for film in axes)
        if sampling.samples is not None:
            raise StudyError(
                f"a {sampling.design} derives its number of samples",
                got=str(sampling.samples),
                expected=" and ".join(map(str, sorted(set(sizes)))),
                fix="leave samples out",
                where="sampling.samples",
            )
        if sum(sizes) > MAX_SAMPLES:
            raise StudyError(
                "grid too large",
                got=f"{sum(sizes)} candidates",
                expected=f"at most {MAX_SAMPLES}",
                fix="use fewer points",
            )
        return sizes
    if sampling.samples is None and varied:
        raise StudyError(
            "missing key",
            expected="the number of samples of each film",
            fix="add samples = 1024",
            where="sampling.samples",
        )
    samples = sampling.samples or 1
    if samples > 1 and not varied:
        raise StudyError(
            "empty space: nothing is varied, all candidates would be the same",
            got=f"samples = {samples}",
            expected="a list or a distribution somewhere",
            fix="vary a quantity, or set samples = 1",
            where="sampling.samples",
        )
    # Ask for one point now: too many axes for the design must be refused before anything is written.
    for film in axes:
        sample_values(sampling.design, film, samples, 0, 1, seed=sampling.seed)
    return (samples,) * len(axes)
