"""How much each input of a study decides each output: Sobol' indices, rank correlations, gradients."""
