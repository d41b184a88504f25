"""A designed sample of the combinations of a model's choices: design, cells, processes, tables."""
