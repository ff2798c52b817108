"""Every composition that cannot be run is refused by `validate`: exit code 2, one line, nothing written."""

import re

import pytest

from .composition_study import MIXTURE, study_of, validate

HOPS = 'phase = "LiF"\nclosure = "fickian"\nmigration_energy = "0.60 eV"\n'
OHMIC_HOPS = HOPS.replace("fickian", "ohmic")
GIVEN = 'name = "x"\ndiffusivity = "1e-13 m^2/s"\n'
GRAINS = HOPS + 'grain_size = "5 nm"\n'
BARRIER = 'grain_boundary_migration_energy = "0.338 eV"\n'
LAYER = "film[0].layer[0]"
MIX = f"{LAYER}.mixture"

# name -> layer, place of the error, parts of the message
BAD = {
    # barriers and carriers
    "negative barrier": (HOPS.replace("0.60", "-0.60"), f"{LAYER}.migration_energy",
        ["migration barrier outside its physical range", '"-0.60 eV"', "at least 0 J", "a barrier is not negative"]),
    "barrier that can be negative": (HOPS.replace('"0.60 eV"',
        '{ distribution = "uniform", low = "-0.1 eV", high = "0.1 eV" }'), f"{LAYER}.migration_energy",
        ["outside its physical range", "not negative"]),
    "barrier of no energy": (HOPS.replace("eV", "nm"), f"{LAYER}.migration_energy", ["wrong dimension (length)"]),
    "barrier without a closure": (HOPS.replace('closure = "fickian"\n', ""), f"{LAYER}.closure",
        ["a barrier without a closure", 'closure = "fickian"']),
    "barrier beside its value": (HOPS + 'diffusivity = "1e-13 m^2/s"\n', f"{LAYER}.migration_energy",
        ["migration_energy beside diffusivity", "remove one"]),
    "barrier with an activation energy": (HOPS + 'activation_energy = "0.1 eV"\n', f"{LAYER}.activation_energy",
        ["the barrier gives the temperature law"]),
    "hop of an unknown material": (HOPS.replace('phase = "LiF"', 'name = "glass"'), f"{LAYER}.hop_distance",
        ["hopping needs hop_distance", "no phase to take it from", 'add hop_distance = "0.285 nm"']),
    "hop of a phase without a distance": (HOPS.replace("LiF", "Li2EDC"), f"{LAYER}.hop_distance",
        ["the table has none of Li2EDC"]),
    "carriers of a phase without them": (OHMIC_HOPS.replace("LiF", "Li2O"), f"{LAYER}.carrier_fraction",
        ["hopping needs carrier_fraction", "Li2O"]),
    "carriers twice": (HOPS + 'carrier_fraction = 0.1\nformation_energy = "0.5 eV"\n', f"{LAYER}.formation_energy",
        ["formation_energy beside carrier_fraction"]),
    "more carriers than sites": (HOPS + "carrier_fraction = 2.0\n", f"{LAYER}.carrier_fraction", ["at most 1"]),
    "hopping key without a barrier": (GIVEN + 'attempt_frequency = "1e13 1/s"\n', f"{LAYER}.attempt_frequency",
        ["attempt_frequency needs migration_energy"]),
    "lithium in a fickian layer": (HOPS + 'lithium_concentration = "100 mol/L"\n', f"{LAYER}.lithium_concentration",
        ["belongs to an ohmic layer"]),
    "misspelt key": (HOPS.replace("migration_energy", "migration_enregy"), f"{LAYER}.migration_enregy", ["unknown key",
        'did you mean "migration_energy"']),
    "key that is not one": (GIVEN + 'table_law = "arrhenius"\n', f"{LAYER}.table_law", ["unknown key"]),
    # temperature
    "reference without a law": (GIVEN + 'reference_temperature = "300 K"\n', f"{LAYER}.reference_temperature",
        ["needs activation_energy"]),
    "reference at zero": (GIVEN + 'activation_energy = "0.1 eV"\nreference_temperature = "0 K"\n',
        f"{LAYER}.reference_temperature", ["above 0 K"]),
    "unknown temperature law": (GIVEN + 'activation_energy = "0.1 eV"\ntemperature_law = "arhenius"\n',
        f"{LAYER}.temperature_law", ['did you mean "arrhenius"']),
    # grains
    "boundary without grains": (HOPS + BARRIER, f"{LAYER}.grain_boundary_migration_energy", ["needs grain_size",
        'add grain_size = "5 nm"']),
    "grains without a boundary": (GRAINS, f"{LAYER}.grain_size", ["grain_size needs grain_boundary_diffusivity"]),
    "two boundaries": (GRAINS + BARRIER + 'grain_boundary_diffusivity = "1e-12 m^2/s"\n',
        f"{LAYER}.grain_boundary_migration_energy",
        ["grain_boundary_migration_energy beside grain_boundary_diffusivity"]),
    "boundary of the other closure": (GRAINS + 'grain_boundary_conductivity = "1e-5 S/m"\n',
        f"{LAYER}.grain_boundary_conductivity", ["belongs to an ohmic layer"]),
    "boundary wider than its grain": (GRAINS.replace('"5 nm"',
        '{ distribution = "uniform", low = "0.5 nm", high = "5 nm" }') + BARRIER, f"{LAYER}.grain_size",
        ["a grain boundary wider than its grain", "grain_boundary_width <= grain_size"]),
    "unknown arrangement": (GRAINS + BARRIER + 'grain_boundary_arrangement = "paralel"\n',
        f"{LAYER}.grain_boundary_arrangement", ['did you mean "parallel"']),
    "boundary hops without a distance": (GIVEN + 'grain_size = "5 nm"\n' + BARRIER, f"{LAYER}.hop_distance",
        ["hopping needs hop_distance"]),
    # mixtures
    "sum not 1": (MIXTURE.replace('"balance"', "0.2"), MIX, ["volume fractions add up to 0.9", "poor = 0.7",
        "a sum of 1", "balance"]),
    "sum that can exceed 1": (MIXTURE.replace("0.7",
        '{ distribution = "uniform", low = 0.6, high = 0.9 }').replace('"balance"',
        '0.2\nconductivity = "9 S/m"\n[[film.layer.mixture]]\nname = "third"\nfraction = "balance"'), MIX,
        ["can add up to more than 1", "1.1"]),
    "varied without a balance": (MIXTURE.replace("0.7", "{ list = [0.6, 0.7] }").replace('"balance"', "0.3"), MIX,
        ["none is the balance", 'fraction = "balance"']),
    "two balances": (MIXTURE.replace("0.7", '"balance"'), MIX, ["more than one balance"]),
    "fraction out of range": (MIXTURE.replace("0.7", "1.7"), f"{MIX}[0].fraction", ["at least 0 and at most 1"]),
    "misspelt balance": (MIXTURE.replace("balance", "balanse"), f"{MIX}[1].fraction", ['did you mean "balance"']),
    "fraction missing": (MIXTURE.replace("fraction = 0.7\n", ""), f"{MIX}[0].fraction", ["missing key", "0.5"]),
    "unknown rule": (MIXTURE.replace("bruggeman", "brugeman"), f"{LAYER}.mixing_rule", ["unknown mixing rule",
        'did you mean "bruggeman"?']),
    "rule missing": (MIXTURE.replace('mixing_rule = "bruggeman"\n', ""), f"{LAYER}.mixing_rule", ["missing key"]),
    "rule without a mixture": (GIVEN + 'mixing_rule = "series"\n', f"{LAYER}.mixing_rule", ["without a mixture"]),
    "rule for two phases": (MIXTURE.replace("bruggeman", "percolation").replace("0.7",
        "0.6") + '[[film.layer.mixture]]\nname = "third"\nfraction = 0.1\nconductivity = "1 S/m"\n',
        f"{LAYER}.mixing_rule", ["takes 2 phases", "got 3 phases"]),
    "parameter of another rule": (MIXTURE.replace('"bruggeman"', '"bruggeman"\nmixing_threshold = 0.2'),
        f"{LAYER}.mixing_threshold", ["mixing_threshold of a rule without it",
        "general_effective_media or percolation"]),
    "threshold out of range": (MIXTURE.replace('"bruggeman"', '"percolation"\nmixing_threshold = 1.2'),
        f"{LAYER}.mixing_threshold", ["above 0 and below 1"]),
    "exponent of the effective medium": (MIXTURE.replace('"bruggeman"',
        '"general_effective_media"\nmixing_exponent = 0'), f"{LAYER}.mixing_exponent", ["above 0"]),
    "exponent of the percolation": (MIXTURE.replace('"bruggeman"',
        '"percolation"\nmixing_exponent = { list = [0.5, 2.0] }'), f"{LAYER}.mixing_exponent",
        ["exponent of the percolation rule below 1", "at least 1"]),
    "unknown matrix": (MIXTURE.replace('"bruggeman"', '"maxwell_eucken"\nmixing_matrix = "goood"'),
        f"{LAYER}.mixing_matrix", ["unknown phase of the mixture", 'did you mean "good"']),
    "unknown phase of a mixture": (MIXTURE.replace('name = "good"', 'phase = "Li2C03"'), f"{MIX}[1].phase",
        ["unknown phase", 'did you mean "Li2CO3"']),
    "unknown key of a mixture": (MIXTURE.replace("fraction = 0.7", "fractoin = 0.7"), f"{MIX}[0].fractoin",
        ["unknown key", 'did you mean "fraction"']),
    "phase twice": (MIXTURE.replace('"good"', '"poor"'), f"{MIX}[1]", ["phase twice in a mixture"]),
    "one phase": (MIXTURE[: MIXTURE.rindex("[[")].replace("0.7", "1.0"), MIX, ["a mixture of one phase"]),
    "mixture with its own value": (MIXTURE.replace('"mixed"', '"mixed"\nconductivity = "1 S/m"'),
        f"{LAYER}.conductivity", ["conductivity beside mixture"]),
    "phase of a mixture without a value": (MIXTURE.replace('name = "good"',
        'phase = "Li2CO3"').replace('conductivity = "100 S/m"', ""), f"{MIX}[1]",
        ["the conductivity of Li2CO3 has no sourced value"]),
    "mixture of both closures": (MIXTURE.replace('conductivity = "100 S/m"', 'diffusivity = "1e-13 m^2/s"'), LAYER,
        ["both diffusivity and conductivity"]),
    "mixture that is a phase": (MIXTURE.replace('name = "mixed"', 'phase = "LiF"'), f"{LAYER}.phase",
        ["layer with a phase and a mixture"]),
    "mixture as a text": ('name = "x"\nmixing_rule = "series"\nmixture = "LiF"\n', MIX, ["not a mixture"]),
    # pores and interfaces
    "tortuosity without pores": (GIVEN + "tortuosity = 2.0\n", f"{LAYER}.tortuosity", ["needs porosity"]),
    "tortuosity below 1": (GIVEN + "porosity = 0.3\ntortuosity = 0.5\n", f"{LAYER}.tortuosity", ["at least 1"]),
    "no pores": (GIVEN + "porosity = 0.0\n", f"{LAYER}.porosity", ["above 0 and at most 1"]),
    "exponent of another law": (GIVEN + 'porosity = 0.3\ntortuosity_law = "maxwell"\ntortuosity_exponent = 2.0\n',
        f"{LAYER}.tortuosity_exponent", ["of a law without it"]),
    "barrier without sites": (GIVEN + 'interface_barrier = "0.41 eV"\n', f"{LAYER}.interface_barrier",
        ["interface_barrier needs interface_site_thickness"]),
    "sites without a barrier": (GIVEN + 'interface_site_thickness = "5 nm"\n', f"{LAYER}.interface_site_thickness",
        ["needs interface_barrier"]),
    "negative interface barrier": (GIVEN + 'interface_barrier = "-0.41 eV"\ninterface_site_thickness = "5 nm"\n',
        f"{LAYER}.interface_barrier", ["not negative"]),
    "two permeances": (
        GIVEN + 'interface_permeance = "1 m/s"\ninterface_barrier = "0.4 eV"\ninterface_site_thickness = "5 nm"\n',
        f"{LAYER}.interface_barrier",
        ["interface_barrier beside interface_permeance"],
    ),
    "two partition coefficients": (GIVEN + 'partition_coefficient = 2.0\ndesolvation_energy = "0.1 eV"\n',
        f"{LAYER}.desolvation_energy", ["desolvation_energy beside partition_coefficient"]),
    "desolvation into an ohmic layer": ('phase = "Li3N"\ndesolvation_energy = "0.1 eV"\n',
        f"{LAYER}.desolvation_energy", ["belongs to a fickian layer"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_composition_is_refused_in_one_line(name, tmp_path, capsys):
    layer, where, parts = BAD[name]
    code, out, error = validate(study_of(layer), tmp_path, capsys)
    assert (code, out) == (2, "")
    assert re.match(rf"sei-screen: line \d+, {re.escape(where)}: ", error), error
    assert error.count("\n") == 1
    for part in parts:
        assert part in error


@pytest.mark.parametrize("temperature", ['"0 K"', '"-1 K"', '{ list = ["298 K", "-300 degC"] }'])
def test_temperature_must_be_absolute(temperature, tmp_path, capsys):
    code, _, error = validate(study_of(HOPS, temperature=temperature), tmp_path, capsys)
    assert code == 2
    assert "conditions.temperature: temperature outside its physical range" in error


@pytest.mark.parametrize("layer", [HOPS, GRAINS + BARRIER, MIXTURE, GIVEN + "porosity = 0.3\n"])
def test_what_the_bad_ones_start_from_is_good(layer, tmp_path, capsys):
    code, out, error = validate(study_of(layer), tmp_path, capsys)
    assert (code, error) == (0, "")
    assert "2 candidates" in out


def test_a_couple_crosses_a_fickian_composition_only(tmp_path, capsys):
    metal = 'kind = "metal"\nexchange_current_density = { list = ["10 mA/cm^2", "20 mA/cm^2"] }'
    couple = 'kind = "couple"\nrate_constant = { list = ["1e-5 m/s", "1e-4 m/s"] }\noxidised_concentration = "5 mmol/L"'
    code, _, error = validate(study_of(HOPS).replace(metal, couple), tmp_path, capsys)
    assert (code, error) == (0, "")
    code, _, error = validate(study_of(MIXTURE).replace(metal, couple), tmp_path, capsys)
    assert code == 2
    assert "a dissolved couple cannot cross a layer that conducts Li+ only" in error
