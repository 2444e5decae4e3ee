"""One example for each operation of the OpenAPI description; a test holds them to the schemas."""

from __future__ import annotations

from typing import Final

EXAMPLES: Final[dict[str, object]] = {}
