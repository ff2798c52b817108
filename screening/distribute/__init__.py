"""Runs by several processes: dask workers generate, evaluate and write whole shards, one driver hands them out."""
