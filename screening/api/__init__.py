"""Films, electrodes and protocols written in Python instead of a study file."""
