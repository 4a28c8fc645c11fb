"""What tests are made with: simulators, the pytest plugin, the model client, sweep and replay."""
