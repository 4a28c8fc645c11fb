"""The ledger: what became of the money, and how it compares with a till's own books."""
