"""Rate laws of charge transfer, one file each: `log_rate(x, temperature)` is all that a law has to say."""
