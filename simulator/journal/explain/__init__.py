"""Explanations: facts about a call, found by one function for each kind, and their sentences."""
