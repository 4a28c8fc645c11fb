"""The audit: does the client behave? Rules over the journal, one function each.

`calls` reads exchanges as their client saw them, `rules` says what a rule is, `judging` applies all
rules and `reports` writes the findings. Each other module has the rules about its subject.
"""
