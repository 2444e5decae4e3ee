"""Structured logs: one event per line, JSON for machines or coloured text at a terminal.

The only door to structlog. Event names are snake_case verbs in the past tense; fields carry units.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Final

import structlog

Log = structlog.stdlib.BoundLogger

LEVELS: Final = ("debug", "info", "warning", "error")


def configure(level: str, *, as_json: bool) -> None:
    """Set up logging to standard error, once per process. Raises ValueError for a bad level."""
    if level not in LEVELS:
        raise ValueError(f"log level must be one of {', '.join(LEVELS)}")
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns when a peer is gone
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)


class _Bridge(logging.Handler):
    """Says as an event what libraries say through Python's own logging: one format, one place.

    That a request was cut off because the node stops is no news.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return
        get_log(library=record.name).log(
            record.levelno, "library_said", text=record.getMessage(), exc_info=error
        )


def get_log(**fields: str) -> Log:
    """A logger that adds these fields to every line."""
    log: Log = structlog.get_logger(**fields)
    return log
