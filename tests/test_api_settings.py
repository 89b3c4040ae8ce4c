"""Settings: what is documented, and what is refused."""

from pathlib import Path

from api.settings import PREFIX, Settings


def test_every_setting_stands_in_the_readme() -> None:
    table = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{name}`" in table, name
        assert f"`{PREFIX}{name.upper()}`" in table, name
