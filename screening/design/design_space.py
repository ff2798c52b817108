"""The free quantities of one film of a study, and the film that their values make; differentiable."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.stack import Electrolyte, LayerStack
from screening.config.located import scalars_of
from screening.config.study import Study
from screening.errors import StudyError
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.model.ammonia import choices_of
from screening.model.ammonia_operation import operating_point
from screening.model.point import layer_at, values_at
from screening.sampling.distributions import Choice


def free_quantities(study: Study, film: int) -> FreeParameters:
    """The quantities of a film's candidates that a design may change: those that the study varies.

    Args:
        study: with a table [ammonia].
        film: number of the film.

    Returns:
        the quantities with the ends of their distributions as bounds; in the logarithm where the study has it.

    Raises:
        StudyError: one is a list, between whose values there is nothing.
    """
    places = {place.label: place for place in reversed(study._places(film))}
    sources = [(column.name, column.sources[film]) for column in study.columns if column.sources]
    # named as the store names its columns
    names = {source.label: name.removeprefix("param_") for name, source in sources if source is not None}
    found = []
    for axis in study.space.axes[film]:
        place = places[axis.label]
        if isinstance(axis.distribution, Choice):
            raise StudyError(
                "a list has nothing between its values",
                got=axis.label,
                expected="a distribution",
                fix='write { distribution = "uniform", low = "...", high = "..." }, or one value',
                where=axis.label,
            )
        shared = axis.label.startswith("parameters.")
        name = axis.label.removeprefix("parameters.") if shared else names[axis.label]
        found.append(FreeParameter(name, axis.label, place.rule.unit, place.rule.long_name, axis.distribution))
    return FreeParameters(tuple(found))


def make_model(
    study: Study, film: int, free: FreeParameters
) -> Callable[[Float[Array, "parameter"]], dict[str, Float[Array, ""]]]:
    """Outputs of an ammonia study as a function of the free quantities of one film; pure JAX.

    Args:
        study: with a table [ammonia].
        film: number of the film.
        free: from `free_quantities`.

    Returns:
        function of their values `[parameter]` (SI) to the outputs, "status" and "total_thickness" (m).
    """
    assert study.ammonia is not None
    choices = choices_of(study.ammonia)
    labels = [entry.label for entry in free.entries]
    tables = study.films[film].layers

    def model(point):
        values = values_at(labels, point)
        common = {
            table: {place.field: values(place) for place in scalars_of(getattr(study, table), table)}
            for table in ("conditions", "electrolyte")
        }
        given = {place.path.partition(".")[2]: values(place) for place in scalars_of(study.ammonia, "ammonia")}
        temperature, liquid = common["conditions"]["temperature"], common["electrolyte"]
        electrolyte = Electrolyte(
            liquid["concentration"],
            liquid["diffusivity"],
            liquid["transference_number"],
            liquid["diffusion_layer_thickness"],
        )
        layers = [
            layer_at(
                table, study.plans[film][number], f"film[{film}].layer[{number}]", values, temperature, electrolyte
            )
            for number, table in enumerate(tables)
        ]
        # listed from the outside, stored from the inside
        stack = LayerStack(**{key: jnp.stack([layer[key] for layer in reversed(layers)]) for key in layers[0]})
        found = operating_point(choices, given, stack, electrolyte, temperature)
        return found | {"total_thickness": jnp.sum(stack.thickness)}

    return model
