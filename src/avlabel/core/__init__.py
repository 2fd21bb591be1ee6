"""The types everything else speaks in: transforms, rigs, sweeps, cuboids, logs."""
