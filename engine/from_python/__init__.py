"""Programs and evaluators given as Python values: a problem folder is made of them."""
