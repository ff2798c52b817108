"""The study file: its format, its checks, and the parameter space that it spans."""
