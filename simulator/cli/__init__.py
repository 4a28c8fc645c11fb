"""The command line: one file a command, no logic of its own."""

#: What commands that report say after a signal that comes before there is anything to report. A
#: terminal shows ^C on the line before.
NOTHING_REPORTED = "\nIt was interrupted; no report is written."
