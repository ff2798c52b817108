"""Runs of a study into a store: one shard loop, whose shards threads of this process or dask workers compute.

A shard is what is computed, written and resumed as a whole (a "chunk" in study files and messages); a block is the candidates of
one compiled call, a lane one voltammogram of it, candidate x scan rate.
"""
