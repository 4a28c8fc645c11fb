"""How fast the simulator is: `python -m benchmarks`. README.md says how to read it."""
