"""A study around one layer, for the tests of compositions."""

from screening.cli.app import run_command

HEAD = """
[sampling]
design = "sobol"
samples = {samples}
seed = 3
[conditions]
temperature = {temperature}
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61 um"
[electrode]
kind = "metal"
exchange_current_density = {{ list = ["10 mA/cm^2", "20 mA/cm^2"] }}
[[film]]
name = "film"
[[film.layer]]
thickness = "5 nm"
"""
TAIL = """
[protocol]
kind = "lsv"
start_potential = "0.05 V"
end_potential = "-0.4 V"
scan_rates = "100 mV/s"
"""
MIXTURE = """
name = "mixed"
mixing_rule = "bruggeman"
[[film.layer.mixture]]
name = "poor"
fraction = 0.7
conductivity = "1 S/m"
[[film.layer.mixture]]
name = "good"
fraction = "balance"
conductivity = "100 S/m"
"""


def study_of(layer: str, temperature: str = '"298.15 K"', samples: int = 2) -> str:
    """Text of a study whose only film has one layer with the given keys."""
    return HEAD.format(samples=samples, temperature=temperature) + layer + TAIL


def validate(text, folder, capsys):
    """Exit code and output of `sei-screen validate`, which must write nothing."""
    (folder / "study.toml").write_text(text, encoding="utf-8")
    before = sorted(folder.iterdir())
    code = run_command(["validate", str(folder / "study.toml")])
    assert sorted(folder.iterdir()) == before
    captured = capsys.readouterr()
    return code, captured.out, captured.err
