"""Opening the archive that the settings name."""

import json
from pathlib import Path

from api.opening import open_archive
from api.settings import Settings
from index.snapshot import current_name


def test_an_index_of_an_older_version_is_built_anew(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "page.txt").write_text("南海区现有医院42家。", encoding="utf-8")
    index, said = tmp_path / "index", list[str]()
    settings = Settings(corpus=tmp_path / "corpus", index=str(index))
    open_archive(settings, said.append, lambda *_: None).close()
    manifest = index / "generations" / current_name(index) / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 1}))
    opened = open_archive(settings, said.append, lambda *_: None)
    assert ["no index" in said[0], "an older version" in said[1]] == [True, True]
    assert opened.answerer.ask("南海区有多少家医院？").short_answer == "42家"
    opened.close()
    open_archive(settings, said.append, lambda *_: None).close()
    assert len(said) == 2
