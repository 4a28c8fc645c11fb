"""Other simulated services beside this one, in the same run: `make bench-peers`."""
