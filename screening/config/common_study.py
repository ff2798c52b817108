"""What all studies have in common: checked tables, the parameter space that they span, and the stored inputs."""

import functools
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from screening.config.contact import ContactTable, contact_faults, reacting_faces
from screening.config.environment import Conditions, ElectrolyteTable
from screening.config.film import FilmTable
from screening.config.joint_draws import with_draws
from screening.config.layer_plan import LayerPlan, plan_layer
from screening.config.located import Located, scalars_of
from screening.config.own_phases import study_phases
from screening.config.parameter_space import ParameterSpace, build_space
from screening.config.segment import Segment, distribute_steps
from screening.config.settings import Numerics, Output, Sampling
from screening.config.stored_inputs import Column, derived_columns, find_columns
from screening.config.strict_table import Table, all_faults
from screening.errors import StudyError, shown, together
from screening.materials.phases import Phase
from screening.sampling.designs import growable
from screening.sampling.distributions import Fixed, Shared
from screening.text_table import html_table


class Study(Table):
    """A checked study file; it is a `VoltammetryStudy`, an `AmmoniaStudy` or a `ReactionStudy`.

    Read one with `load_study` or `parse_study`; the tables keep the names of the file format.

    Attributes:
        title: free text.
        sampling: how the space is sampled.
        conditions: temperature.
        electrolyte: the liquid.
        films: film variants.
        contacts: reactions of phases with what they touch, in every film in which they touch it.
        parameters: named values or distributions that several places share, as written.
        numerics: discretisation.
        output: what is stored.
        phases: rows of a table of phases, merged over the one that ships with the package; in a file it may be the path of the
            table, which `load_study` reads.
        phase: phases of the study's own, merged over both.
        posterior_draws: draws of the posteriors that quantities name, by the path of their fit; `load_study` reads them.

    Example: `load_study("quick").n_candidates`
    """

    # the kind in words
    called: ClassVar[str] = "a study"
    # tables of the kind whose scalars candidates may differ in, in the order of the draws
    own_tables: ClassVar[tuple[str, ...]] = ()
    # tables that the digest of every study of the kind counts, though its files do not have them
    assumed_tables: ClassVar[Mapping[str, Any]] = {}

    title: str = ""
    sampling: Sampling = Sampling()
    conditions: Conditions = Conditions()
    electrolyte: ElectrolyteTable
    films: tuple[FilmTable, ...] = Field(alias="film")
    contacts: tuple[ContactTable, ...] = Field(default=(), alias="contact")
    parameters: dict[str, Any] = Field(default_factory=dict, exclude=True)
    numerics: Numerics = Numerics()
    output: Output = Output()
    phases: str | None = None
    phase: tuple[dict[str, Any], ...] = ()
    posterior_draws: dict[str, dict[str, Any]] = Field(default_factory=dict, exclude=True)

    _text: str = PrivateAttr(default="")
    _known_phases: Mapping[str, Phase] | None = PrivateAttr(default=None)

    @classmethod
    def read(
        cls,
        raw: Mapping[str, Any],
        text: str,
        *,
        samples: int | None = None,
        known_phases: Mapping[str, Phase] | None = None,
    ) -> Self:
        """Check the tables of a study."""
        tables = with_draws(raw)
        parameters = tables.get("parameters", {})
        if not isinstance(parameters, dict):
            raise StudyError(
                "wrong type", got=shown(parameters), expected="a table", fix="write [parameters]", where="parameters"
            )
        if samples is not None and isinstance(tables.get("sampling", {}), dict):
            tables["sampling"] = {**tables.get("sampling", {}), "samples": samples}
        context = {"parameters": parameters, "known_phases": study_phases(tables, known_phases)}
        try:
            study = cls.model_validate(tables, context=context)
        except ValidationError as error:
            raise all_faults(error, tables) from None
        study._text = text
        study._known_phases = None if known_phases is None else dict(known_phases)
        return study

    @model_validator(mode="before")
    @classmethod
    def _some_film(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and not raw.get("film"):
            fix = 'add [[film]] with name = "..." (without layers it is a bare electrode)'
            raise StudyError("empty space: no film", expected="at least one [[film]]", fix=fix, where="film")
        if isinstance(raw, Mapping) and "ammonia" not in raw and isinstance(raw["film"], list):
            for number, film in enumerate(raw["film"]):
                if isinstance(film, Mapping) and "ammonia" in film:
                    fix = "add a table [ammonia] for all films, or remove it"
                    raise StudyError("own table of a film without [ammonia]", fix=fix, where=f"film[{number}].ammonia")
        return raw

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        faults = [*self._name_faults(), *self._parameter_faults(), *self._electrolyte_faults()]
        faults += contact_faults(self.contacts, [film.layers for film in self.films], self.inner_neighbour)
        if faults:
            raise together(faults)
        _ = self.space  # building it refuses what cannot be sampled
        return self

    def _name_faults(self) -> Iterator[StudyError]:
        names = [film.name for film in self.films]
        for position, name in enumerate(names):
            if name in names[:position]:
                fix = "give every film its own name"
                yield StudyError("film name used twice", got=shown(name), fix=fix, where=f"film[{position}].name")

    def _parameter_faults(self) -> Iterator[StudyError]:
        used = {
            place.scalar.name
            for film in range(self.n_films)
            for place in self.places(film)
            if isinstance(place.scalar, Shared)
        }
        for name in self.parameters:
            where = f"parameters.{name}"
            if not re.fullmatch(r"[A-Za-z]\w*", name):
                expected = "letters, digits and underscores, a letter first"
                yield StudyError(
                    "name of a shared parameter", got=shown(name), expected=expected, fix="rename it", where=where
                )
            elif name not in used:
                fix = f'refer to it as "${name}", or remove it'
                yield StudyError("shared parameter that nothing refers to", got=shown(name), fix=fix, where=where)

    def _electrolyte_faults(self) -> Iterator[StudyError]:
        """A metal cell needs a salt; a couple brings its own species."""
        for key in ("concentration", "transference_number"):
            if getattr(self.electrolyte, key) is None:
                example = '"2 mol/L"' if key == "concentration" else "0.4"
                yield StudyError("missing key", got="nothing", fix=f"add {key} = {example}", where=f"electrolyte.{key}")

    def places(self, film: int, *, unused: bool = False) -> list[Located]:
        """Scalars of one film's candidates; `unused` adds those that its closures make meaningless."""
        layers = self._all_places[film] if unused else self._film_places[film]
        return [*self._common, *self.own_places[film].values(), *(place for layer in layers for place in layer)]

    def __repr__(self) -> str:
        """What it runs, in a line."""
        films, size = f"{self.n_films} film{'s' * (self.n_films > 1)}", self.n_candidates
        protocol = f", {self.protocol_text}" if self.protocol_text else ""
        return f"<{type(self).__name__} {self.title!r}: {films}, {size:,} candidate{'s' * (size > 1)}{protocol}>"

    def __str__(self) -> str:
        """What it runs, in a line."""
        return repr(self)

    def _repr_html_(self) -> str:
        """Films and what is varied, for notebooks."""
        rows = [("film", "layers, from the outside", "varied")]
        for film, name in enumerate(self.film_names):
            varied = ", ".join(axis.label for axis in self.space.axes[film])
            rows.append((name, " | ".join(self.layer_names(film)) or "none", varied or "nothing"))
        return html_table(repr(self)[1:-1], rows)

    @functools.cached_property
    def _common(self) -> tuple[Located, ...]:
        tables = ("conditions", "electrolyte", *self.own_tables)
        found = [place for name in tables for place in scalars_of(getattr(self, name), name)]
        return (*found, *scalars_of(self.contacts, "contact"))

    @functools.cached_property
    def own_places(self) -> tuple[Mapping[str, Located], ...]:
        """Of each film what its own table [ammonia] says otherwise, by the place in the table that all films share."""
        shared = {place.path: place.scalar for place in self._common}
        return tuple(
            {
                own: place
                for place in scalars_of(film.ammonia, f"film[{number}].ammonia")
                if shared.get(own := place.path.partition("].")[2]) != place.scalar
            }
            for number, film in enumerate(self.films)
        )

    @functools.cached_property
    def _all_places(self) -> tuple[tuple[tuple[Located, ...], ...], ...]:
        """Scalars of each layer of each film."""
        return tuple(
            tuple(
                tuple(scalars_of(layer, f"film[{number}].layer[{position}]"))
                for position, layer in enumerate(film.layers)
            )
            for number, film in enumerate(self.films)
        )

    @functools.cached_property
    def _film_places(self) -> tuple[tuple[tuple[Located, ...], ...], ...]:
        """The same without those that a layer does not use."""
        return tuple(
            tuple(
                tuple(place for place in places if place.part or place.field not in layer.unused)
                for layer, places in zip(film.layers, layers, strict=True)
            )
            for film, layers in zip(self.films, self._all_places, strict=True)
        )

    @functools.cached_property
    def space(self) -> ParameterSpace:
        """Axes and sizes of the parameter space."""
        films = [
            [*own.values(), *(place for layer in layers for place in layer)]
            for own, layers in zip(self.own_places, self._film_places, strict=True)
        ]
        return build_space(self.sampling, self._common, films)

    @functools.cached_property
    def columns(self) -> tuple[Column, ...]:
        """Stored input variables: the film, whatever is not the same in all candidates, and what follows from it."""
        return (*find_columns(self._common, self._film_places, self.own_places), *derived_columns(self.plans))

    @functools.cached_property
    def plans(self) -> tuple[tuple[LayerPlan, ...], ...]:
        """Laws of each layer of each film, from the outside to the inside."""
        temperature = self.conditions.temperature

        def contacts(film: int, layer: int) -> tuple[tuple[str, str], ...]:
            return tuple((face, self.contacts[contact].law) for face, contact in self.contacts_of(film)[layer])

        return tuple(
            tuple(plan_layer(layer, temperature, contacts(film, number)) for number, layer in enumerate(table.layers))
            for film, table in enumerate(self.films)
        )

    def contacts_of(self, film: int) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Of each layer of a film its faces that react, "outer" or "inner", with the number of the contact."""
        return reacting_faces(self.contacts, self.films[film].layers, self.inner_neighbour)

    @property
    def inner_neighbour(self) -> str:
        """Phase that the innermost layer touches."""
        return ""

    @functools.cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Segments of one protocol run; none without a protocol."""
        return ()

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the checked content, 64 hexadecimal digits; layout and comments of the text do not change it."""
        found = {**self.assumed_tables, **self.model_dump(mode="json", by_alias=True)}
        found["sampling"]["scramble"] = True  # once a key, so that digests of stored studies have it
        if self.has_activated_faces:
            found["faces"] = "butler_volmer"  # a barrier was once a permeance, and a store must not hold both
        # keys that came later than the first studies count only where they are used
        said = {key: value for key, value in found.items() if value or key not in ("phases", "phase", "contact")}
        content = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The study file as it was written, with the rows of the table of phases that it names."""
        return self._text

    @property
    def n_films(self) -> int:
        """Number of film variants."""
        return len(self.films)

    @property
    def film_names(self) -> tuple[str, ...]:
        """Names of the film variants, in the order of the file."""
        return tuple(film.name for film in self.films)

    def layer_names(self, film: int) -> tuple[str, ...]:
        """Phases or free names of the layers of one film, from the outside to the inside."""
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
    def has_ohmic_layers(self) -> bool:
        """Whether any film has ohmic layers or activated faces, so that its drop must be computed."""
        ohmic = any(layer.closure == "ohmic" for film in self.films for layer in film.layers)
        return ohmic or self.has_activated_faces

    @property
    def has_activated_faces(self) -> bool:
        """Whether a voltage drives Li+ over an outer face; at a redox couple none does."""
        return any(layer.activated for film in self.films for layer in film.layers)

    @property
    def has_skewed_faces(self) -> bool:
        """Whether an activated face has a transfer coefficient of its own."""
        own = (layer.interface_transfer_coefficient for film in self.films for layer in film.layers)
        return self.has_activated_faces and any(one is not None for one in own)

    @property
    def controls(self) -> tuple[str, ...]:
        """ "potential" or "current" of each segment."""
        return tuple(segment.control for segment in self.segments)

    @property
    def segment_steps(self) -> tuple[int, ...]:
        """Base time steps of each segment."""
        return distribute_steps(list(self.segments), self.numerics.steps)

    @property
    def sweep_segments(self) -> tuple[int, ...]:
        """Numbers of the segments that sweep the potential, in which peaks are looked for."""
        return tuple(number for number, segment in enumerate(self.segments) if segment.scan_rates)

    @property
    def run_scan_rates(self) -> tuple[Located, ...]:
        """The scan rate that tells the runs of a candidate apart; empty for a protocol without a sweep."""
        return max((segment.scan_rates for segment in self.segments), key=len, default=())

    @property
    def scan_rates(self) -> tuple[float, ...]:
        """Scan rates of the runs in V s-1; NaN for one that is varied; empty for a protocol without a sweep."""
        found = (place.distribution for place in self.run_scan_rates)
        return tuple(rate.value if isinstance(rate, Fixed) else math.nan for rate in found)

    @property
    def protocol_text(self) -> str:
        """Kind of the protocol and its scan rates, in a few words; "" without a protocol."""
        return ""

    @property
    def n_runs(self) -> int:
        """Number of protocol runs of each candidate, one for each scan rate."""
        return max(1, len(self.run_scan_rates))

    def with_samples(self, samples: int) -> Self:
        """The same study with another number of samples of each film; its text is unchanged, its digest is not."""
        return self.read(tomllib.loads(self._text), self._text, samples=samples, known_phases=self._known_phases)
