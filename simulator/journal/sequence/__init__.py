"""The sequence diagram of a time line: its model, its lay-out, and how it is written down."""
