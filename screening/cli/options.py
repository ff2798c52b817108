"""Arguments and options that several commands of `sei-screen` share."""

from typing import Annotated

from typer import Argument, Option

Study = Annotated[str, Argument(metavar="STUDY", help="a study file, or the name of a packaged study")]
Store = Annotated[str, Argument(metavar="R.zarr", help="a result store")]
StudyOrStore = Annotated[str, Argument(metavar="STUDY|R.zarr", help="a study, by file or name, or a result store")]
Samples = Annotated[int | None, Option(metavar="N", help="samples of each film, instead of the study's")]
Candidate = Annotated[int, Option(metavar="I", help="number of the candidate")]
Device = Annotated[str | None, Option(metavar="cpu|gpu", help="where to compute; JAX's default if left out")]
Threads = Annotated[int | None, Option(metavar="N", help="calls at once; the usable cores if left out")]
Workers = Annotated[int | None, Option(metavar="N", help="compute in N processes of this machine instead of threads")]
Scheduler = Annotated[
    str | None, Option(metavar="ADDRESS", help="compute on the workers of this dask scheduler, tcp://host:8786")
]
Cluster = Annotated[
    str | None, Option(metavar="FILE.toml", help="compute in jobs of a batch system or Kubernetes, see the docs")
]
Dashboard = Annotated[
    str | None, Option(metavar="PORT", help="dask's web pages about the run at this port of 127.0.0.1, or HOST:PORT")
]
Quiet = Annotated[bool, Option("--quiet", help="no progress and no summary")]
Overwrite = Annotated[bool, Option("--overwrite", help="replace an earlier store")]
Csv = Annotated[str | None, Option("--csv", metavar="FILE", help="write all columns as CSV; - is stdout")]
