"""From a checked study to numbers: candidates as arrays, the kernels behind them, and the outputs of a block."""
