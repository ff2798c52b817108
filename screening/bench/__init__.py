"""Speed of this machine, measured on the main study, beside other ways to compute the same."""
