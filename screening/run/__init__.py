"""Runs of a study into a store: one shard loop, whose shards threads of this process or dask workers compute."""
