"""The audit: does the client behave? Rules over the journal, one function each.

`calls` reads exchanges the way their client saw them, `rules` says what a rule is; the rules are in
the modules named after what they look at, `judging` applies them and `reports` writes it down.
"""
