"""The control API under `/_simulator`: what no real service has. It speaks to sandboxes only."""
