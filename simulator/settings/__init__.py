"""Settings, data files, and the YAML they are read from."""
