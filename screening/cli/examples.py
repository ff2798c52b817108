"""Examples below the help of each command."""

import typer

EXAMPLES = {
    "init": ["sei-screen init study.toml", "sei-screen init study.toml --salt LiPF6"],
    "validate": ["sei-screen validate study.toml", "sei-screen validate lidfob_vs_libf4 --samples 1000 --measure"],
    "run": [
        "sei-screen run study.toml --out R.zarr",
        "sei-screen run quick --samples 1024 --device gpu --out R.zarr",
        "sei-screen run study.toml --out R.zarr --shard ${SLURM_ARRAY_TASK_ID}/16",
        "sei-screen run study.toml --out R.zarr --cluster slurm.toml --dry-run",
    ],
    "resume": ["sei-screen resume R.zarr"],
    "show": [
        "sei-screen show R.zarr --top 10 --sort -peak_current_density",
        "sei-screen show R.zarr --per-film --threshold '50 mA/cm2'",
        "sei-screen show R.zarr --columns candidate,film,param_layer1_thickness",
        "sei-screen show R.zarr --where \"film == 'LiDFOB' and param_layer1_thickness < 5 nm\"",
        'sei-screen show R.zarr --sort "peak_potential[scan_rate=100 mV/s]" --csv - | head',
    ],
    "simulate": [
        "sei-screen simulate study.toml --candidate 3 --plot cv.png",
        "sei-screen simulate R.zarr --candidate 3 --csv cv.csv",
        "sei-screen simulate quick --candidate 3 --out C.zarr",
    ],
    "draw": [
        "sei-screen draw profiles study.toml --candidate 3 --plot profiles.svg",
        "sei-screen draw layers R.zarr --candidate 3 --plot layers.pdf",
    ],
    "status": ["sei-screen status R.zarr", "sei-screen status R.zarr --follow"],
    "pareto": [
        "sei-screen pareto R.zarr faradaic_efficiency current_density",
        "sei-screen pareto R.zarr energy_efficiency mean_ammonia_rate --plot front.png",
    ],
    "optimise": ["sei-screen optimise ammonia_screen --maximise faradaic_efficiency --largest-thickness '20 nm'"],
    "compare": ["sei-screen compare plain.toml with_capacitance.toml --plot models.png"],
    "plan": [
        "sei-screen plan FIT.toml --count 3",
        "sei-screen plan warm.toml cold.toml --at 'layer1_thickness=5 nm'",
        "sei-screen plan R.zarr --sort faradaic_efficiency",
    ],
    "fit": [
        "sei-screen fit FIT.toml --out F.zarr --plot fit.png",
        "sei-screen fit FIT.toml --out F.zarr --posterior 500 --posterior-plot posterior.png",
    ],
    "report": ["sei-screen report R.zarr --html report.html", "sei-screen report F.zarr --html fit.html"],
    "sensitivity": [
        "sei-screen sensitivity study.toml --samples 256",
        "sei-screen sensitivity quick --output peak_current_density --log --csv indices.csv",
        "sei-screen sensitivity quick --what gradients --candidate 3",
    ],
    "experiment": [
        "sei-screen experiment list",
        "sei-screen experiment run li_mediated --out comparison",
        "sei-screen experiment run --all",
    ],
    "phases": ["sei-screen phases", "sei-screen phases LiF"],
    "bench": ["sei-screen bench --json -"],
}


def add_examples(app: typer.Typer) -> None:
    """Put the examples below the help of the commands that have some."""
    for command in [*app.registered_commands, *app.registered_groups]:
        name = command.name or getattr(command.callback, "__name__", "")
        if name in EXAMPLES:
            # \b keeps click from filling the lines
            command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in EXAMPLES[name])
