"""The march of a block of lanes as one GPU kernel, made from the same source as every other route."""
