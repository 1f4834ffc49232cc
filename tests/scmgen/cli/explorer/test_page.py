"""The page as one text: all of its parts are in it, and what is recorded in it stays data."""

from __future__ import annotations

import json
import re
from pathlib import Path

from scmgen.cli.explorer import page


def test_every_script_of_the_folder_is_in_the_page_once() -> None:
    folder = Path(page.__file__).parent / "web"
    assert sorted(page.SCRIPTS) == sorted(path.stem for path in folder.glob("*.js"))
    text = page.served().text
    assert all(text.count((folder / f"{name}.js").read_text("utf-8")) == 1 for name in page.SCRIPTS)
    assert text.count("<script>") == 1 and 'src="' not in text


def test_a_page_that_is_served_may_ask_its_server_and_a_recorded_one_nobody() -> None:
    assert "connect-src 'self'" in page.served().policy
    assert "connect-src" not in page.recorded("swing", {}).policy


def test_a_recording_cannot_leave_its_element() -> None:
    evil = "</script><script>alert(1)</script><!--"
    text = page.recorded(evil, {"name": evil}).text
    assert text.count("</script>") == 2 and "<title>&lt;/script&gt;" in text
    (data,) = re.findall(r'<script type="application/json" id="recording">(.*?)</script>', text)
    assert json.loads(data) == {"name": evil}
