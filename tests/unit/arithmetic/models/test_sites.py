"""Every place where a model rounds is named, once, with whom it favours; the page says the same."""

from __future__ import annotations

from pathlib import Path

from lending.arithmetic.models import sites
from lending.arithmetic.models.sites import MODEL_SITES
from lending.arithmetic.money import ROUNDING_SITES, Rounding, RoundingSite


def test_every_site_of_the_models_is_in_the_table_once() -> None:
    defined = [value for value in vars(sites).values() if isinstance(value, RoundingSite)]
    assert defined == list(MODEL_SITES)
    names = [site.name for site in (*ROUNDING_SITES, *MODEL_SITES)]
    assert len(set(names)) == len(names)


def test_only_the_nearest_favours_nobody() -> None:
    for site in MODEL_SITES:
        assert site.reason.endswith(".")
        nearest = site.rounding in (Rounding.HALF_EVEN, Rounding.HALF_UP)
        assert (site.favours == "nobody") == nearest


def test_every_site_is_used_by_a_model(root: Path) -> None:
    folder = root / "lending" / "arithmetic" / "models"
    texts = [path.read_text() for path in sorted(folder.glob("*.py")) if path.name != "sites.py"]
    for name, value in vars(sites).items():
        if isinstance(value, RoundingSite):
            assert any(f"{name}.rounding" in text for text in texts), name


def test_no_model_rounds_but_at_a_site(root: Path) -> None:
    folder = root / "lending" / "arithmetic" / "models"
    for path in sorted(folder.glob("*.py")):
        assert ("Rounding." in path.read_text()) == (path.name == "sites.py"), path.name


def test_the_documented_rounding_table_is_the_one_in_use(root: Path) -> None:
    page = (root / "docs" / "lend" / "rates.md").read_text(encoding="utf-8")
    rows = [
        f"| {site.name} | {site.rounding.value} | {site.favours} | {site.reason} |"
        for site in MODEL_SITES
    ]
    assert "\n".join(rows) in page


def test_every_model_has_its_section(root: Path) -> None:
    page = (root / "docs" / "lend" / "rates.md").read_text(encoding="utf-8")
    folder = root / "lending" / "arithmetic" / "models"
    for path in sorted(folder.glob("*.py")):
        if path.stem not in ("__init__", "sites"):
            assert f"`{path.stem}`" in page, path.stem
