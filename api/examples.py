"""One example for each operation of the OpenAPI description, out of examples.json.

They are answers of a real chain, shortened; `pytest tests/unit/api --rewrite` writes them anew, and a
test holds them to the schemas.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

EXAMPLES_FILE: Final = Path(__file__).with_name("examples.json")
EXAMPLES: Final[dict[str, object]] = json.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
"""By operation id; besides them `problem`, and `transaction` for what is handed in."""
