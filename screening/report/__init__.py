"""One self-contained page about a screening or a fit, for a browser without a network."""
