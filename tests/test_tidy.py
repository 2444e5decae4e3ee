"""Taste as a test: what the linters do not know about this house, and the linters themselves.

Each check gives one line per finding, `path:line: what is wrong`, so a failure can be worked through
like the output of a compiler. There are no exceptions for old code: the house is held to this from its
first commit.
"""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ledger", "consensus", "lending", "runtime", "api", "client", "cli")
CORES = ("ledger", "consensus", "lending")

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 10

UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
ELSEWHERE = re.compile(
    "/wor" + "k/|/tmp/han" + r"sa\b|py" + r"pi\.org|files\.python" + r"hosted\.org"
)
"""Paths of one machine and addresses of one registry: the reader of this repository has others."""

FORBIDDEN_MODULES = {"asyncio", "random", "secrets", "socket", "threading", "time", "uuid"}
STORES = {"ledger/leveldb.py", "ledger/sqlite.py"}
"""The ledger's only I/O. Their handles are shared between threads."""

NODE_IMPORTS = {"uvicorn", "uvloop"}
"""The third-party packages whose door is node.py itself, and no package of ours."""


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file of the repository."""

    path: str
    """Relative to the root, with forward slashes."""

    text: str
    """As it stands on disk."""

    tree: ast.Module
    """Its syntax."""

    @property
    def package(self) -> str:
        """The top folder it lies in, or the empty string."""
        return self.path.partition("/")[0] if "/" in self.path else ""

    @property
    def module(self) -> str:
        """The dotted name by which it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, node: ast.AST, finding: str) -> str:
        """Give a finding at a place in the file."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {finding}"


@cache
def repository() -> tuple[str, ...]:
    """All files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone: which files belong to the repository is unknown")
    return tuple(sorted({path for path in listed.stdout.split("\0") if (ROOT / path).is_file()}))


@cache
def sources() -> tuple[Source, ...]:
    """All Python files of the repository."""
    paths = [path for path in repository() if path.endswith(".py")]
    texts = {path: (ROOT / path).read_text() for path in paths}
    return tuple(Source(path, text, ast.parse(text, path)) for path, text in texts.items())


def of(packages: Sequence[str]) -> Iterator[tuple[Source, ast.AST]]:
    """Walk over every node of syntax in the files of these packages."""
    for source in sources():
        if source.package in packages:
            for node in ast.walk(source.tree):
                yield source, node


def check(findings: Iterator[str]) -> None:
    """Fail with all findings, one per line."""
    found = list(findings)
    assert not found, "\n" + "\n".join(found)


# How much there is of it


def function_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function from its `def`, without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    spared = docstring.end_lineno - docstring.lineno + 1 if docstring else 0  # type: ignore[operator]
    return function.end_lineno - function.lineno + 1 - spared  # type: ignore[operator]


def test_files_are_short() -> None:
    lengths = ((source.path, len(source.text.splitlines())) for source in sources())
    check(
        f"{path}:1: {count} lines, and {FILE_LINES_MAX} is the most"
        for path, count in lengths
        if count > FILE_LINES_MAX
    )


def test_functions_are_short() -> None:
    check(
        source.at(node, f"{node.name} has {count} lines, and {FUNCTION_LINES_MAX} is the most")
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := function_lines(node)) > FUNCTION_LINES_MAX
    )


def test_most_functions_are_very_short() -> None:
    lengths = [
        function_lines(node)
        for _, node in of(PACKAGES)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.median(lengths) <= FUNCTION_LINES_MEDIAN_MAX


# What it says about itself


def test_every_module_says_what_it_is() -> None:
    check(
        f"{source.path}:1: has no module docstring"
        for source in sources()
        if not ast.get_docstring(source.tree)
    )


def is_dataclass(node: ast.AST) -> bool:
    """Whether this is the definition of a public dataclass."""
    if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
        return False
    names = (ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list)
    return any(name in {"dataclass", "dataclasses.dataclass"} for name in names)


def is_sentence(node: ast.stmt | None) -> bool:
    """Whether this statement is a string and nothing else."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def undocumented_fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """Give the public fields of a dataclass that no string literal follows."""
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if not isinstance(field, ast.AnnAssign) or ast.unparse(field.target).startswith("_"):
            continue
        if "ClassVar" not in ast.unparse(field.annotation) and not is_sentence(after):
            yield field


def test_every_field_of_the_cores_has_its_sentence() -> None:
    check(
        source.at(field, f"{node.name}.{ast.unparse(field.target)} has no sentence below it")
        for source, node in of(CORES)
        if isinstance(node, ast.ClassDef) and is_dataclass(node)
        for field in undocumented_fields(node)
    )


# What the cores may not do


def is_path(node: ast.expr) -> bool:
    """Whether what `/` is followed by is text: then it joins the parts of a path."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def float_findings(source: Source, node: ast.AST) -> Iterator[str]:
    """Find what makes, or may make, a number that is not whole."""
    match node:
        case ast.Constant(value=float() | complex()):
            yield source.at(node, f"{node.value!r} is not an integer")
        case ast.Call(func=ast.Name(id="float")):
            yield source.at(node, "makes a float")
        case ast.BinOp(op=ast.Div(), right=right) if not is_path(right):
            yield source.at(node, f"`{ast.unparse(node)}` divides into a float")
        case ast.AugAssign(op=ast.Div()):
            yield source.at(node, f"`{ast.unparse(node)}` divides into a float")
        case _:
            pass


def test_the_cores_reckon_in_integers() -> None:
    check(finding for place in of(CORES) for finding in float_findings(*place))


ORDERING = {"all", "any", "frozenset", "len", "max", "min", "set", "sorted", "sum"}
"""What gives the same for any order of what it is given."""

UNORDERED_METHODS = {"difference", "intersection", "symmetric_difference", "union"}
UNORDERED_TYPES = re.compile(r"^(typing\.)?(set|frozenset|Set|AbstractSet|FrozenSet)\b")


def unordered_names(source: Source) -> set[str]:
    """Give the names and attributes that this file declares to be sets."""
    declared: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AnnAssign) and UNORDERED_TYPES.match(ast.unparse(node.annotation)):
            declared.add(ast.unparse(node.target).removeprefix("self."))
        elif isinstance(node, ast.arg) and node.annotation is not None:
            if UNORDERED_TYPES.match(ast.unparse(node.annotation)):
                declared.add(node.arg)
        elif isinstance(node, ast.Assign) and is_unordered(node.value, set()):
            declared.update(ast.unparse(target).removeprefix("self.") for target in node.targets)
    return declared


def is_unordered(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression is a set, as far as its own syntax tells."""
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in UNORDERED_METHODS:
            return True
        case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return is_unordered(node.left, names) or is_unordered(node.right, names)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in names
        case _:
            return False


def walked(node: ast.AST) -> Iterator[ast.expr]:
    """Give the expressions whose order this node makes visible."""
    if isinstance(node, ast.For):
        yield node.iter
    if isinstance(node, ast.ListComp | ast.DictComp):
        yield from (generator.iter for generator in node.generators)
    if isinstance(node, ast.Call):
        function = ast.unparse(node.func)
        if function in {"dict", "enumerate", "iter", "list", "map", "next", "tuple", "zip"}:
            yield from node.args
        if function.endswith(".join"):
            yield from node.args
        if function not in ORDERING:
            inner = (each for each in node.args if isinstance(each, ast.GeneratorExp))
            yield from (generator.iter for each in inner for generator in each.generators)


def test_the_cores_never_walk_over_a_set() -> None:
    names = {source.path: unordered_names(source) for source in sources()}
    check(
        source.at(node, f"the order of `{ast.unparse(expression)}` differs between processes")
        for source, node in of(CORES)
        for expression in walked(node)
        if is_unordered(expression, names[source.path])
    )


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ("a = b / 2", 1),
        ("a /= b", 1),
        ("a = 1e3", 1),
        ("a = float('1')", 1),
        ("a = b // 2; c = folder / 'name'", 0),
    ],
)
def test_floats_would_be_found(code: str, findings: int) -> None:
    source = Source("lending/example.py", code, ast.parse(code))
    found = [each for node in ast.walk(source.tree) for each in float_findings(source, node)]
    assert len(found) == findings


@pytest.mark.parametrize(
    ("code", "findings"),
    [
        ("for a in {1, 2}: pass", 1),
        ("b: frozenset[int]\n[a for a in c.b]", 1),
        ("def f(b: set[int]): return tuple(a for a in b | c)", 1),
        ("b = set(c)\nd = list(b)\ne = ','.join(b)", 2),
        ("b = set(c)\nd = sorted(b)\ne = sum(a for a in b)\nf = {a for a in b}", 0),
    ],
)
def test_walks_over_sets_would_be_found(code: str, findings: int) -> None:
    source = Source("lending/example.py", code, ast.parse(code))
    names = unordered_names(source)
    expressions = [each for node in ast.walk(source.tree) for each in walked(node)]
    assert sum(is_unordered(each, names) for each in expressions) == findings


# Who imports what


def imported(node: ast.AST) -> Iterator[str]:
    """Give the dotted names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module is not None:
        yield node.module


def doors() -> dict[str, list[str]]:
    """Read from pyproject.toml which modules may import which third-party package."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return {
        name: contract["allowed_importers"]
        for contract in contracts
        if contract["type"] == "protected"
        for name in contract["protected_modules"]
    }


def test_every_dependency_comes_in_by_its_door() -> None:
    allowed = doors()
    free = (set(sys.stdlib_module_names) - set(allowed)) | {*PACKAGES, "node", "__future__"}

    def may_import(source: Source, name: str) -> bool:
        if source.path == "node.py":
            return name in NODE_IMPORTS
        inside = (
            door for door in allowed.get(name, []) if f"{source.module}.".startswith(f"{door}.")
        )
        return next(inside, None) is not None

    check(
        source.at(node, f"imports {name}, which is not its door")
        for source in sources()
        if source.package in PACKAGES or source.path == "node.py"
        for node in ast.walk(source.tree)
        for name in {name.partition(".")[0] for name in imported(node)}
        if name not in free and not may_import(source, name)
    )


def test_the_cores_know_no_clock_chance_or_network() -> None:
    check(
        source.at(node, f"imports {name}")
        for source, node in of(CORES)
        if source.path not in STORES
        for name in imported(node)
        if name.partition(".")[0] in FORBIDDEN_MODULES
    )


def test_nothing_imports_the_composition_root() -> None:
    check(
        source.at(node, "imports node")
        for source, node in of(PACKAGES)
        if "node" in set(imported(node))
    )


# What no file may say


def lines(pattern: re.Pattern[str], what: str) -> Iterator[str]:
    """Give each place in the repository's text where a pattern stands."""
    for path in repository():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1) if pattern.search(text) else ():
            if found := pattern.search(line):
                yield f"{path}:{number}: {what}: {found.group()}"


def test_nothing_is_left_for_later() -> None:
    check(lines(UNFINISHED, "belongs in an issue"))


def test_no_file_speaks_of_one_machine() -> None:
    check(lines(ELSEWHERE, "is not there for the reader"))


# The linters


def run(*command: str) -> None:
    """Run a tool with the Python of the tests, and fail with all that it says."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"


def test_ruff_finds_nothing() -> None:
    run("-m", "ruff", "check", "--quiet", "--output-format=concise")


def test_the_format_is_the_formatter_s() -> None:
    run("-m", "ruff", "format", "--check", "--output-format=concise")


@pytest.mark.timeout(300)
def test_the_types_hold() -> None:
    run("-m", "mypy", "--no-error-summary", "--no-pretty")


@pytest.mark.timeout(60)
def test_the_floors_of_the_house_hold() -> None:
    run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


@pytest.mark.timeout(60)
def test_no_code_is_dead() -> None:
    run("-m", "vulture")
