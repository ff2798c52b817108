"""The numpy evaluator of `ramp_evaluator` as a recipe for workers, with the faults that a text asks for."""

import errno
import json
import os
import runpy
import signal
import time
from pathlib import Path

from screening.run.worker_recipe import Recipe

SCRIPT = Path(__file__).with_name("ramp_evaluator.py")


def build_ramp(text):
    """An evaluator from JSON: n, pause, digest; `raise_at`, `die_at`, `full_at`: candidate; `code`: of
    the latter's error; `once`: file that ends the fault."""
    told = json.loads(text)
    ramp = runpy.run_path(told["script"])["RampEvaluator"]

    class Faulty(ramp):
        def evaluate(self, start, stop):
            self.calls.clear()  # one worker makes thousands of them
            once = told.get("once")
            if once is None or not os.path.exists(once):
                for name in ("raise_at", "die_at", "full_at"):
                    if start <= told.get(name, -1) < stop:
                        if once is not None:
                            open(once, "w").close()
                        if name == "die_at":
                            os.kill(os.getpid(), signal.SIGKILL)
                        if name == "full_at":
                            raise OSError(told.get("code", errno.ENOSPC), os.strerror(told.get("code", errno.ENOSPC)))
                        raise ArithmeticError("singular")
            if "hold" in told:
                while not os.path.exists(told["hold"]):
                    time.sleep(0.02)
            return super().evaluate(start, stop)

    return Faulty(told["n"], digest=told.get("digest", "d1"), pause=told.get("pause", 0.0))


def ramp_recipe(n, **told):
    """The recipe of n candidates."""
    return Recipe(build_ramp, json.dumps({"n": n, "script": str(SCRIPT), **told}, default=str))
