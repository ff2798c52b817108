"""The study: everything a study file says, checked, and the candidates it spans."""

import functools
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from screening.config.ammonia_table import AmmoniaTable, complete_ammonia
from screening.config.electrode_tables import CoupleElectrode, ElectrodeTable
from screening.config.environment import Conditions, ElectrolyteTable
from screening.config.film import FilmTable
from screening.config.layer_plan import LayerPlan, plan_layer
from screening.config.located import Located, scalars_of
from screening.config.own_phases import embed_phases, study_phases
from screening.config.parameter_space import ParameterSpace, build_space
from screening.config.protocol import Protocol
from screening.config.segment import Segment, distribute_steps
from screening.config.settings import Numerics, Output, Sampling
from screening.config.stored_inputs import Column, derived_columns, find_columns
from screening.config.strict_table import Table, first_error
from screening.errors import StudyError, near_matches, shown
from screening.materials.phases import Phase
from screening.model.batch import CandidateBatch, build_batch
from screening.sampling.designs import growable
from screening.sampling.distributions import Fixed, Shared


class Study(Table):
    """A checked study file.

    Read one with `load_study` or `parse_study`; the tables keep the names of the file format.

    Attributes:
        title: free text.
        sampling: how the space is sampled.
        conditions: temperature.
        electrolyte: the liquid.
        electrode: lithium metal or a soluble couple; required unless there is [ammonia].
        films: film variants.
        protocol: the drive; required unless there is [ammonia].
        ammonia: operation of an ammonia cell, which takes the place of [electrode] and [protocol] in a file.
        parameters: named values or distributions that several places share, as written.
        numerics: discretisation.
        output: what is stored.
        phases: rows of a table of phases, merged over the one that ships with the package; in a file it may be the path of the
            table, which `load_study` reads.
        phase: phases of the study's own, merged over both.
    """

    title: str = ""
    sampling: Sampling = Sampling()
    conditions: Conditions = Conditions()
    electrolyte: ElectrolyteTable
    electrode: ElectrodeTable
    films: tuple[FilmTable, ...] = Field(alias="film")
    protocol: Protocol
    ammonia: AmmoniaTable | None = None
    parameters: dict[str, Any] = Field(default_factory=dict, exclude=True)
    numerics: Numerics = Numerics()
    output: Output = Output()
    phases: str | None = None
    phase: tuple[dict[str, Any], ...] = ()

    _text: str = PrivateAttr(default="")
    _known_phases: Mapping[str, Phase] | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _some_film(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and not raw.get("film"):
            fix = 'add [[film]] with name = "..." (without layers it is a bare electrode)'
            raise StudyError("empty space: no film", expected="at least one [[film]]", fix=fix, where="film")
        return complete_ammonia(raw)

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        names = [film.name for film in self.films]
        for position, name in enumerate(names):
            if name in names[:position]:
                fix = "give every film its own name"
                raise StudyError("film name used twice", got=shown(name), fix=fix, where=f"film[{position}].name")
        self._check_parameters()
        if isinstance(self.electrode, CoupleElectrode):
            self._check_couple()
        else:
            for key in ("concentration", "transference_number"):
                if getattr(self.electrolyte, key) is None:
                    example = '"2 mol/L"' if key == "concentration" else "0.4"
                    fix = f"add {key} = {example}"
                    raise StudyError("missing key", got="nothing", fix=fix, where=f"electrolyte.{key}")
        _ = self.space  # building it refuses what cannot be sampled
        return self

    def _check_parameters(self) -> None:
        used = {
            place.scalar.name
            for film in range(self.n_films)
            for place in self._places(film)
            if isinstance(place.scalar, Shared)
        }
        for name in self.parameters:
            if not re.fullmatch(r"[A-Za-z]\w*", name):
                expected = "letters, digits and underscores, a letter first"
                raise StudyError(
                    "name of a shared parameter",
                    got=shown(name),
                    expected=expected,
                    fix="rename it",
                    where="parameters",
                )
            if name not in used:
                fix = f'refer to it as "${name}", or remove it'
                raise StudyError(
                    "shared parameter that nothing refers to", got=shown(name), fix=fix, where=f"parameters.{name}"
                )

    def _check_couple(self) -> None:
        for number, film in enumerate(self.films):
            for position, layer in enumerate(film.layers):
                if layer.closure == "ohmic":
                    raise StudyError(
                        "a dissolved couple cannot cross a layer that conducts Li+ only",
                        got='closure = "ohmic"',
                        expected="a fickian layer",
                        fix='give diffusivity, or use [electrode] kind = "metal"',
                        where=f"film[{number}].layer[{position}]",
                    )

    def _places(self, film: int) -> list[Located]:
        return [*self._common, *(place for layer in self._film_places[film] for place in layer)]

    @functools.cached_property
    def _common(self) -> tuple[Located, ...]:
        tables = ("conditions", "electrolyte", "electrode", "protocol", "ammonia")
        return tuple(place for name in tables for place in scalars_of(getattr(self, name), name))

    @functools.cached_property
    def _film_places(self) -> tuple[tuple[tuple[Located, ...], ...], ...]:
        """Scalars of each layer of each film, without those that it does not use."""
        return tuple(
            tuple(
                tuple(
                    place
                    for place in scalars_of(layer, f"film[{number}].layer[{position}]")
                    if place.part or place.field not in layer.unused
                )
                for position, layer in enumerate(film.layers)
            )
            for number, film in enumerate(self.films)
        )

    @functools.cached_property
    def space(self) -> ParameterSpace:
        """Axes and sizes of the parameter space."""
        films = [[place for layer in layers for place in layer] for layers in self._film_places]
        return build_space(self.sampling, self._common, films)

    @functools.cached_property
    def columns(self) -> tuple[Column, ...]:
        """Stored input variables: the film, whatever is not the same in all candidates, and what follows from it."""
        return (*find_columns(self._common, self._film_places), *derived_columns(self.plans))

    @functools.cached_property
    def plans(self) -> tuple[tuple[LayerPlan, ...], ...]:
        """Laws of each layer of each film, from the outside to the inside."""
        temperature = self.conditions.temperature
        return tuple(tuple(plan_layer(layer, temperature) for layer in film.layers) for film in self.films)

    @functools.cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Segments of one protocol run."""
        return tuple(self.protocol.segments("protocol"))

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the checked content, 64 hexadecimal digits; layout and comments of the text do not change it."""
        found = self.model_dump(mode="json", by_alias=True)
        # keys that came later than the first studies count only where they are used
        said = {key: value for key, value in found.items() if value or key not in ("phases", "phase", "ammonia")}
        content = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The study file as it was written, with the rows of the table of phases that it names."""
        return self._text

    @property
    def electrode_kind(self) -> str:
        """ "metal" or "couple"."""
        return self.electrode.kind

    @property
    def n_films(self) -> int:
        """Number of film variants."""
        return len(self.films)

    @property
    def film_names(self) -> tuple[str, ...]:
        """Names of the film variants, in the order of the file."""
        return tuple(film.name for film in self.films)

    def layer_names(self, film: int) -> tuple[str, ...]:
        """Names of the layers of one film.

        Args:
            film: number of the film.

        Returns:
            Phases or free names, from the outside to the inside.
        """
        return tuple(layer.label for layer in self.films[film].layers)

    @property
    def n_layers(self) -> int:
        """Layers of the arrays of a batch: those of the thickest stack, and at least one."""
        return max(1, *(len(film.layers) for film in self.films))

    @property
    def n_candidates(self) -> int:
        """Number of candidates of all films."""
        return self.space.size

    @property
    def growable(self) -> bool:
        """Whether `with_samples` with a larger number keeps the candidates that exist."""
        return growable(self.sampling.design)

    @property
    def controls(self) -> tuple[str, ...]:
        """ "potential" or "current" of each segment."""
        return tuple(segment.control for segment in self.segments)

    @property
    def segment_steps(self) -> tuple[int, ...]:
        """Base time steps of each segment."""
        return distribute_steps(list(self.segments), self.numerics.steps)

    @property
    def run_scan_rates(self) -> tuple[Located, ...]:
        """The scan rate that tells the runs of a candidate apart; empty for a protocol without a sweep."""
        return max((segment.scan_rates for segment in self.segments), key=len)

    @property
    def scan_rates(self) -> tuple[float, ...]:
        """Scan rates of the runs in V s-1; NaN for one that is varied; empty for a protocol without a sweep."""
        found = (place.distribution for place in self.run_scan_rates)
        return tuple(rate.value if isinstance(rate, Fixed) else math.nan for rate in found)

    @property
    def n_runs(self) -> int:
        """Number of protocol runs of each candidate, one for each scan rate."""
        return max(1, len(self.run_scan_rates))

    def candidates(self, start: int, stop: int) -> CandidateBatch:
        """Generate a range of candidates; each has the same bits in every range that contains it.

        Args:
            start: first candidate.
            stop: one past the last candidate.

        Returns:
            Arrays in SI units, see `CandidateBatch`.

        Raises:
            StudyError: the range is empty or leaves 0 .. n_candidates.
        """
        if not 0 <= start < stop <= self.n_candidates:
            got = str(start) if stop == start + 1 else f"{start} to {stop}"
            expected = f"candidates from 0 to {self.n_candidates - 1}"
            raise StudyError("no such candidate", got=got, expected=expected, fix="ask for existing candidates")
        return build_batch(self, start, stop)

    def with_samples(self, samples: int) -> "Study":
        """The same study with another number of samples of each film.

        Args:
            samples: number of samples.

        Returns:
            A new study; its text is unchanged, its digest is not.

        Raises:
            StudyError: the number does not fit the design.
        """
        return parse_study(self._text, samples=samples, known_phases=self._known_phases)


def load_study(path: str | Path, *, samples: int | None = None) -> Study:
    """Read and check a study file.

    Args:
        path: of the TOML file.
        samples: replaces the number of samples of the file.

    Returns:
        The study.

    Raises:
        StudyError: the file cannot be read or says something that cannot be run; one line.

    Example:
        >>> try:
        ...     load_study("no-such-study.toml")
        ... except StudyError as error:
        ...     print(error.fix)
        check the path
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        siblings = [entry.name for entry in Path(path).parent.glob("*.toml")] if Path(path).parent.is_dir() else []
        near = near_matches(Path(path).name, siblings)
        fix = f'did you mean "{near[0]}"?' if near else "check the path"
        raise StudyError(f"study file: {reason}", got=shown(str(path), 200), expected="a TOML file", fix=fix) from None
    except UnicodeDecodeError:
        raise StudyError(
            "study file is not UTF-8 text", got=shown(str(path), 200), expected="a TOML file", fix="convert it"
        ) from None
    return parse_study(embed_phases(text, Path(path).parent), samples=samples)


def parse_study(text: str, *, samples: int | None = None, known_phases: Mapping[str, Phase] | None = None) -> Study:
    """Check the text of a study file.

    Args:
        text: TOML; `phases` must hold rows, because a text has no folder.
        samples: replaces the number of samples of the text.
        known_phases: phases that layers may name; the table that ships with the package if left out.

    Returns:
        The study.

    Raises:
        StudyError: what is wrong, where, and how to put it right; one line.

    Example:
        >>> study = parse_study('''
        ... [electrolyte]
        ... concentration = "2 mol/L"
        ... diffusivity = "2e-10 m^2/s"
        ... transference_number = 0.4
        ... diffusion_layer_thickness = "500 um"
        ... [electrode]
        ... kind = "metal"
        ... exchange_current_density = "10 mA/cm^2"
        ... [[film]]
        ... name = "one layer"
        ... [[film.layer]]
        ... phase = "LiF"
        ... thickness = { list = ["5 nm", "10 nm"] }
        ... diffusivity = "1e-15 m^2/s"
        ... [protocol]
        ... kind = "lsv"
        ... start_potential = "0.5 V"
        ... end_potential = "-0.5 V"
        ... scan_rates = ["10 mV/s", "100 mV/s"]
        ... ''', samples=2)
        >>> sorted(study.candidates(0, 2).layers["thickness"][:, 0].tolist())
        [5e-09, 1e-08]
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError(
            "not valid TOML",
            got=str(error),
            expected="a TOML file",
            fix='texts and quantities need quotes, e.g. "15 nm"',
        ) from None
    return study_of_tables(raw, text=text, samples=samples, known_phases=known_phases)


def study_of_tables(
    raw: dict[str, Any], *, text: str, samples: int | None = None, known_phases: Mapping[str, Phase] | None = None
) -> Study:
    """Check the tables of a study, whose quantities may be ready scalars in SI units; `text` is what they were read from."""
    parameters = raw.get("parameters", {})
    if not isinstance(parameters, dict):
        raise StudyError(
            "wrong type", got=shown(parameters), expected="a table", fix="write [parameters]", where="parameters"
        )
    if samples is not None and isinstance(raw.setdefault("sampling", {}), dict):
        raw["sampling"]["samples"] = samples
    context = {"parameters": parameters, "known_phases": study_phases(raw, known_phases)}
    try:
        study = Study.model_validate(raw, context=context)
    except ValidationError as error:
        raise first_error(error, raw) from None
    study._text = text
    study._known_phases = None if known_phases is None else dict(known_phases)
    return study
