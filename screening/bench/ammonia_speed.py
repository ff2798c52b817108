"""Speed of ammonia studies in film stacks x operating points per second: `python -m screening.bench.ammonia_speed`."""

import argparse

from screening.bench.screening_speed import measure
from screening.config.study import Study, parse_study
from screening.model.study_evaluator import StudyEvaluator
from screening.run.study_run import packaged_studies

POINTS = {"pulsed": 2048, "steady": 65_536}


def ammonia_study(model: str, points: int) -> Study:
    """The packaged ammonia screen with one of its models."""
    text = packaged_studies()["ammonia_screen"].read_text(encoding="utf-8")
    text = text[: text.index("[output]")].replace('model = "pulsed"', f'model = "{model}"')
    return parse_study(text, samples=max(1, points // 2))


def main() -> None:
    """Print points per second of both models, compilation not included."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--threads", type=int, default=2, help="calls at once")
    threads = parser.parse_args().threads
    for model, points in POINTS.items():
        found = measure(StudyEvaluator(ammonia_study(model, points)), threads)
        rate = found["voltammograms_per_second"]
        print(f"{model}: {rate['median']:,.0f} stacks x operating points/s ({points:,} points, {threads} threads)")


if __name__ == "__main__":
    main()
