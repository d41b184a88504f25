"""The integrator's inner part: one discretised model for all ordinary steps of a protocol."""
