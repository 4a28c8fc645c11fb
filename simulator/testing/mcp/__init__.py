"""The server for agents (Model Context Protocol). Only `mobilepay-sim mcp` imports it."""
