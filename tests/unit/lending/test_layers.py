"""Inside lending imports go down only: a part may know its own layer and those below it."""

from __future__ import annotations

import ast
from pathlib import Path

LAYERS = (
    ("simulation",),
    ("machine",),
    ("batches",),
    ("handlers", "followers", "gates"),
    ("clock", "genesis", "queries", "statements", "books"),
    ("words",),
    ("advice",),
    ("bridge",),
    ("monitoring", "impairment"),
    ("covenants",),
    ("changes",),
    ("collateral",),
    ("cover",),
    ("processes", "origination"),
    ("products", "pools", "facilities", "exchange"),
    ("services",),
    ("compliance",),
    ("credit",),
    ("fees",),
    ("support",),
    ("parties",),
    ("deferral", "journal", "waterfall", "alarms", "index", "paging"),
    ("scope", "records", "keys", "credit_keys"),
    ("commands",),
    ("terms", "events", "rejections", "chart"),
    ("fields", "arithmetic", "event_kinds"),
)
"""From the top, where the product is on one screen, down to the vocabulary."""

LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}


def part_of(module: str) -> str:
    return module.split(".")[1]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lending"):
            names = [alias.name for alias in node.names] if node.module == "lending" else []
            found |= {f"lending.{name}" for name in names} or {str(node.module)}
    return found


def test_every_part_has_a_layer_and_looks_down_only(root: Path) -> None:
    upward = []
    for path in (root / "lending").rglob("*.py"):
        module = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
        if module == "lending.__init__":
            continue
        mine = LEVELS[part_of(module)]
        upward += [
            f"{module} imports {each}"
            for each in sorted(imports(path))
            if LEVELS[part_of(each)] < mine
        ]
    assert upward == []
