"""The exit codes of every command (contract: docs/operate/cli.md), and how failures become them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the exit code of `hansa` says."""

    OK = 0
    """Done, and what was to be checked holds."""
    FAILED = 1
    """Refused by a rule, an audit that failed, damaged data: a definite no."""
    USAGE = 2
    """The command, a setting or a file that was given is wrong; nothing was done."""
    UNKNOWN = 3
    """No node could be reached, or time was over: it may or may not have happened."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


class Stop(Exception):
    """Ends a command with words for the user and an exit code; never a traceback."""

    def __init__(self, message: str, code: Exit = Exit.USAGE, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
