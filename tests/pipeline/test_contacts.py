"""Phases that react where they touch: the table of contacts, studies whose orders differ by it, refusals and warnings."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from kernels.constants import FARADAY
from kernels.stack import area_specific_resistance, limiting_current
from screening.cli.app import run_command
from screening.config.study import load_study, parse_study
from screening.errors import StudyError
from screening.materials.contacts import find_contact, known_contacts
from screening.materials.phases import known_phases
from screening.model.candidate import candidate
from screening.model.candidate_form import fixed_values
from screening.model.draws import candidate_values, draw_candidates
from screening.model.study_warnings import study_warnings

# kJ/mol at 298.15 K: Wagman et al. (1982), Li3N of Osborne and Flotow (1978)
GIBBS = {"Li": 0.0, "C": 0.0, "LiF": -587.71, "Li2O": -561.18, "LiH": -68.35, "LiOH": -438.95, "Li2CO3": -1132.06}
GIBBS |= {"Li3N": -128.64, "NH3": -16.45}
LITHIUM = {"LiF": 1, "Li2O": 2, "Li3N": 3, "LiH": 1}
REACTIONS = {  # phase, against: Li per formula that the reaction takes, products
    ("Li2CO3", "Li"): (4, {"Li2O": 3, "C": 1}),
    ("LiOH", "Li"): (2, {"Li2O": 1, "LiH": 1}),
    ("Li3N", "LiOH"): (0, {"Li2O": 3, "NH3": 1}),
}
STUDY = """
[sampling]
design = "grid"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[protocol]
kind = "hold"
potential = "-0.1 V"
duration = "1 s"
[[film]]
name = "one"
"""
ON_LITHIUM = """
[[contact]]
phase = "Li2CO3"
against = "Li"
growth_constant = "4e-22 m^2/s"
time = "10000 s"
product_conductivity = "1e-8 S/m"
product_diffusivity = "3e-16 m^2/s"
"""
IN_LIQUID = """
[[contact]]
phase = "Li2CO3"
against = "electrolyte"
reacted_fraction = FRACTION
volume_ratio = 0.5
product_conductivity = "2e-7 S/m"
product_diffusivity = "2e-15 m^2/s"
"""
TRANSPORT = {"ohmic": "conductivity", "fickian": "diffusivity"}


def layer(phase, thickness, closure, value):
    unit = "S/m" if closure == "ohmic" else "m^2/s"
    keys = f'closure = "{closure}"\nthickness = "{thickness} nm"\n{TRANSPORT[closure]} = "{value} {unit}"\n'
    return f'[[film.layer]]\n{"phase" if phase in known_phases() else "name"} = "{phase}"\n{keys}'


def drawn(study):
    return draw_candidates(study, 0, study.n_candidates)


def resistance(batch):
    return np.asarray(jax.vmap(area_specific_resistance)(batch.stack, batch.electrolyte, batch.temperature))


# --- the table ------------------------------------------------------------------------------------------------------


def test_energies_windows_and_volumes_of_the_table_follow_from_measured_ones():
    for (phase, against), (lithium, products) in REACTIONS.items():
        row = find_contact(phase, against)
        hydroxide = 3 * GIBBS["LiOH"] if against == "LiOH" else 0.0
        energy = sum(number * GIBBS[name] for name, number in products.items()) - GIBBS[phase] - hydroxide
        assert float(row.reaction_energy.removesuffix(" kJ/mol")) == pytest.approx(energy, abs=0.6)
        if lithium:
            volt = float(row.window.removeprefix("above ").removesuffix(" V"))
            assert volt == pytest.approx(-1e3 * energy / (lithium * FARADAY), abs=0.006)
            solids = {name: known_phases()[name] for name in (phase, *products) if name != "C"}
            volumes = {name: one.value("molar_mass") / one.value("density") for name, one in solids.items()}
            volumes["C"] = 12.011e-3 / 2260
            grown = sum(number * volumes[name] for name, number in products.items())
            assert row.volume_ratio == pytest.approx(grown / volumes[phase], abs=0.006)
    for phase, lithium in LITHIUM.items():
        row = find_contact(phase, "Li")
        last = float(row.window.removeprefix("0 to ").removesuffix(" V"))
        assert row.stable
        assert last == pytest.approx(-1e3 * GIBBS[phase] / (lithium * FARADAY), abs=0.05 if phase == "LiF" else 0.01)


def test_contacts_say_what_they_are_from(capsys):
    pairs = [frozenset((one.phase, one.against)) for one in sei.contacts()]
    assert len(set(pairs)) == len(pairs) == 17
    for one in known_contacts():
        assert one.quality == "estimated" or "10." in one.source or "J. Chem. Thermodyn." in one.source
        assert bool(one.products) is not one.stable
        assert {one.phase, one.against} <= {*known_phases(), "Li", "electrolyte"}
    assert find_contact("LiOH", "Li3N") is find_contact("Li3N", "LiOH")
    assert find_contact("LiF", "LiF") is None
    assert run_command(["phases", "Li2CO3"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "Li2CO3 | Li reacts to 3 Li2O + C (-551 kJ/mol) above 1.43 V computed Li2O by" in words


# --- what a contact does --------------------------------------------------------------------------------------------


def test_six_orders_differ_by_their_contacts_alone():
    """Of the packaged study: the same resistance without contacts; with them that of layers in series, computed here."""
    study = load_study("experiments/layer_orders.toml", samples=16)
    found = resistance(drawn(study)).reshape(-1, 6)
    text = study.text.partition("\n[[contact]]")[0] + study.text[study.text.index("\n[[film]]") :]
    for name in ("age", "front", "attacked"):
        text = "\n".join(line for line in text.splitlines() if not line.startswith(f"{name} ="))
    plain = resistance(drawn(parse_study(text, samples=16))).reshape(-1, 6)
    np.testing.assert_allclose(plain, plain[:, :1] * np.ones(6), rtol=1e-14)
    parts = {"LiF": "fluoride", "Li2CO3": "carbonate", "Li3N": "nitride"}
    for row in range(16):
        for order in range(6):
            film, values = candidate_values(study, 6 * row + order)
            drawn_value = lambda name, values=values: values[f"parameters.{name}"]  # noqa: E731
            product = {"Li": (values["contact[0].product_conductivity"], 1.43), "": (drawn_value("attacked"), 1.0)}
            names = study.layer_names(film)
            expected = 0.0
            for place, phase in enumerate(names):
                thick, conducts = drawn_value(f"{parts[phase]}_layer"), drawn_value(parts[phase])
                faces = ["Li"] * (place == 2 and phase == "Li2CO3") + [""] * (place == 0 and phase != "LiF")
                depth = min(thick, np.sqrt(drawn_value("front") * drawn_value("age"))) if faces else 0.0
                expected += (thick - depth) / conducts
                expected += sum(product[face][1] * depth / product[face][0] for face in faces)
            assert found[row, order] == pytest.approx(expected, rel=1e-12)
    # carbonate on lithium costs most
    assert (found[:, [1, 4]].min(axis=1) > found[:, [2, 3, 5]].max(axis=1)).all()


@pytest.mark.parametrize("closure", ["ohmic", "fickian"])
@pytest.mark.parametrize("fraction", [0.25, 0.9])
def test_a_layer_that_reacts_on_both_sides_is_the_film_of_three_layers(closure, fraction):
    """Against the same film with the products written out as layers; at 0.9 the fronts meet and share the layer."""
    value, inner, outer = (1e-6, 1e-8, 2e-7) if closure == "ohmic" else (1e-14, 3e-16, 2e-15)
    contacts = ON_LITHIUM + IN_LIQUID.replace("FRACTION", str(fraction))
    reacted = drawn(parse_study(STUDY + layer("Li2CO3", 8, closure, value) + contacts))
    depths = np.array([8 * fraction, 2.0])  # sqrt(4e-22 m2/s 1e4 s) = 2 nm
    depths *= min(1.0, 8 / depths.sum())
    layers = layer("attacked", 0.5 * depths[0], closure, outer)
    layers += layer("left", max(8 - depths.sum(), 1e-9), closure, value)
    layers += layer("reduced", 1.43 * depths[1], closure, inner)
    written = drawn(parse_study(STUDY + layers))
    np.testing.assert_allclose(resistance(reacted), resistance(written), rtol=1e-8)
    limits = [
        float(limiting_current(jax.tree.map(lambda v: v[0], b.stack), b.electrolyte)[0]) for b in (reacted, written)
    ]
    assert limits[0] == pytest.approx(limits[1], rel=1e-8)
    thickness = float(reacted.stack.thickness[0, 0])
    assert thickness == pytest.approx(1e-9 * (8 - depths.sum() + 0.5 * depths[0] + 1.43 * depths[1]), rel=1e-12)
    assert reacted.inputs["layer1_effective_thickness"][0] == thickness


def test_contacts_are_differentiated_and_drawn_as_any_quantity():
    ages = ON_LITHIUM.replace('time = "10000 s"', 'time = { list = ["2500 s", "10000 s"] }')
    study = parse_study(STUDY + layer("Li2CO3", 8, "ohmic", 1e-6) + ages)
    np.testing.assert_allclose(drawn(study).inputs["param_contact1_time"], [2500, 10000])
    label = "contact[0].growth_constant"

    def film(constant):
        made = candidate(
            study, 0, fixed_values(study, 0) | {label: constant, "contact[0].time": jnp.asarray(1e4)}
        ).sample
        return area_specific_resistance(made.stack, made.electrolyte, made.temperature)

    slope = jax.grad(film)(jnp.asarray(4e-22))
    assert float(slope) == pytest.approx((1.43 / 1e-8 - 1 / 1e-6) * 0.5 * np.sqrt(1e4 / 4e-22), rel=1e-12)
    assert float(jax.grad(film)(jnp.asarray(1e-20))) == 0.0  # all of the layer has reacted


# --- refusals and warnings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('phase = "Li2CO3"', 'phase = "Li2C03"\nvolume_ratio = 1', 'unknown phase of a layer: got "Li2C03"'),
        ('against = "Li"', 'against = "electrolyte"', "volume_ratio"),
        ('time = "10000 s"\n', "", "how far a contact has reacted: got growth_constant"),
        ('time = "10000 s"', "reacted_fraction = 0.5", "expected reacted_fraction, or growth_constant and time"),
        ("4e-22", "-4e-22", "growth_constant"),
        ('product_conductivity = "1e-8 S/m"\n', "", "product without a transport law: got an ohmic layer of Li2CO3"),
    ],
)
def test_contacts_that_cannot_be_used(before, after, told):
    assert before in ON_LITHIUM
    with pytest.raises(StudyError, match="contact") as caught:
        parse_study(STUDY + layer("Li2CO3", 8, "ohmic", 1e-6) + ON_LITHIUM.replace(before, after))
    assert told in str(caught.value)


def test_a_contact_that_no_film_has_and_one_given_twice():
    two = layer("Li2CO3", 8, "ohmic", 1e-6) + layer("Li3N", 5, "ohmic", 1e-4)
    with pytest.raises(StudyError, match="contact that no film has: got Li2CO3 against Li"):
        parse_study(STUDY + two + ON_LITHIUM)
    with pytest.raises(StudyError, match=r"contact\[1\]: contact given twice"):
        parse_study(STUDY + layer("Li2CO3", 8, "ohmic", 1e-6) + ON_LITHIUM + ON_LITHIUM)


def test_validate_names_unstable_contacts_and_their_products():
    alone = STUDY + layer("Li2CO3", 8, "ohmic", 1e-6)
    metal, liquid = study_warnings(parse_study(alone))
    assert "Li2CO3 reacts to products that are not resolved where it touches electrolyte (estimated), in one" in liquid
    assert "Li2CO3 reacts to 3 Li2O + C (-551 kJ/mol) where it touches Li (computed), in one" in metal
    assert study_warnings(parse_study(alone + ON_LITHIUM + IN_LIQUID.replace("FRACTION", "0.2"))) == []
    between = "".join(layer(phase, 5, "ohmic", 1e-6) for phase in ("LiF", "Li2CO3", "Li3N"))
    assert study_warnings(parse_study(STUDY + between)) == []
    (mixed,) = study_warnings(
        parse_study(
            STUDY
            + layer("LiF", 5, "ohmic", 1e-6)
            + '[[film.layer]]\nname = "mixed"\nclosure = "ohmic"\nthickness = "5 nm"\nmixing_rule = "parallel"\n'
            + "".join(
                f'[[film.layer.mixture]]\nphase = "{phase}"\nfraction = 0.5\nconductivity = "1e-6 S/m"\n'
                for phase in ("Li2CO3", "Li3N")
            )
        )
    )
    assert "where it touches Li (" in mixed
