"""The state in the address, in a real browser: reload, Back, a copied address; what is wrong is in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from explorer_page import opened, running, settle, slide, source, until, value

from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATE = (
    "sample=3&noise=9&beside=5&difference=1&do=light_angle:1.4;shadow_length~0.5~0.1&step=1"
    "&parameters=length_noise:0.1&u=haze:0.9"
)


def noted(page: Page, words: str) -> None:
    """Wait until the address says it."""
    until(page, f"location.hash === '#{words}'")


def test_an_address_shows_its_state_and_the_token_leaves_it(page: Page, serve: Callable[[str], Server]) -> None:
    page.goto(f"{serve('pendulum').url}&{STATE}")
    page.wait_for_selector("#factual[src]")
    noted(page, STATE)
    assert (page.inner_text("#factual-told"), page.input_value("#beside")) == ("sample 3, its noise changed", "5")
    told = "do(light_angle = 1.4 rad, shadow_length scaled by 0.5, shifted by 10 %), noise of sample 9"
    assert page.inner_text("#twin-told") == told
    assert page.is_visible("#difference") and page.is_visible("#beside-twin")
    assert value(page, "shadow_length") != 1.4 and page.locator("#steps [aria-current]").inner_text().startswith(
        "Step 2"
    )
    assert page.input_value('[data-field="u.haze"] input[type=number]') == "0.9"
    assert page.input_value('[data-field="parameters.length_noise"] input[type=number]') == "0.1"


def test_reload_and_back_and_forward_restore_it(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    noted(page, "do=light_angle:1.4")
    first = source(page, "twin")
    page.get_by_label("Next sample").click()
    settle(page)
    noted(page, "sample=1&do=light_angle:1.4")
    page.reload()
    page.wait_for_selector("#factual[src]")
    settle(page)
    assert (page.input_value("#index"), value(page, "light_angle")) == ("1", 1.4)
    page.go_back()
    until(page, "!asking && state.index === 0")
    assert (source(page, "twin"), page.inner_text("#factual-told")) == (first, "sample 0")
    page.go_back()
    until(page, "!asking && !('light_angle' in state.do[0])")
    assert page.inner_text("#twin-told") == "no do yet"
    page.go_forward()
    until(page, "!asking && state.do[0].light_angle === 1.4")
    assert source(page, "twin") == first


def test_one_gesture_is_one_step_back(page: Page, serve: Callable[[str], Server]) -> None:
    opened(page, serve("pendulum"))
    before = page.evaluate("history.length")
    page.evaluate("for (let k = 0; k <= 50; k++) intervene('light_angle', 1.2 + k * 0.005)")
    settle(page)
    noted(page, "do=light_angle:1.45")
    assert page.evaluate("history.length") == before + 1


def test_a_copied_address_opens_the_same_in_another_window(page: Page, serve: Callable[[str], Server]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, serve("pendulum"))
    slide(page, "light_angle", 1.4)
    page.click("#share")
    page.get_by_text("Copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    assert "token" not in address and address.endswith("#do=light_angle:1.4")
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector("#factual[src]")
    settle(other)
    assert source(other, "twin") == source(page, "twin")
    assert other.text_content("#again") == "scmgen explore pendulum --at 'do=light_angle:1.4'"


@pytest.fixture(scope="module")
def placed() -> Iterator[Server]:
    """Give a server whose address opens a state, as --at asks; it was copied with a token of old."""
    at = "http://127.0.0.1:1/#token=old&sample=2&do=light_angle:1.3&evil=<b>\"'"
    server = Server(Explorer(lambda: subject.find("pendulum")), at=at)
    with running(server):
        yield server


def test_a_server_can_be_told_where_to_begin(placed: Server) -> None:
    assert placed.url.endswith(f"/#token={placed.token}&sample=2&do=light_angle:1.3&evil=%3Cb%3E%22%27")


WRONG = [
    ("smaple=3", 'the address: no word "smaple"; known: sample, seed, noise, '),
    ("sample=three", 'the address: sample: a number is needed, found "three"'),
    ("do=light_angle:9", "do(light_angle): 9 is outside the range 1.15 to 2 rad"),
    ("do=%3Cimg%20src%3Dx%3E:1", "do(<img src=x>): no such factor; allowed: "),
]


def test_an_address_that_does_not_fit_says_why_and_shows_the_beginning(
    browser: Browser, serve: Callable[[str], Server]
) -> None:
    context = browser.new_context()
    for words, told in WRONG:
        page = context.new_page()
        page.goto(f"{serve('pendulum').url}&{words}")
        page.wait_for_selector("#factual[src]")
        settle(page)
        assert page.inner_text("#problem").startswith(told)
        assert page.inner_text("#twin-told") == "no do yet" and page.locator("#problem img").count() == 0
    slide(page, "light_angle", 1.4)
    assert page.is_hidden("#problem")
    context.close()


IN_SIGHT = """place => {
  const box = place.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.top >= 0 && box.bottom <= innerHeight && place.contains(top);
}"""


@pytest.mark.parametrize("size", [(390, 844), (1280, 500)])
def test_what_is_wrong_is_told_beside_its_field_and_stays_in_sight(
    size: tuple[int, int], browser: Browser, serve: Callable[[str], Server]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = opened(context.new_page(), serve("pendulum"))
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    for field, wrong in (
        ("do.shadow_position", "99"),
        ("u.shadow_position", "-1"),
        ("parameters.length_noise", "1.7e308"),
        ("beside", "1000000"),
    ):
        if field == "beside":
            page.get_by_label("Two samples").check()
        page.fill(f'[data-field="{field}"] input[type=number]', wrong)
        page.keyboard.press("Enter")
        place = page.locator(f'[data-field="{field}"] .problem')
        place.wait_for()
        settle(page)
        assert place.evaluate(IN_SIGHT), place.inner_text()
        assert page.locator(".problem:not(:empty, #elsewhere)").count() == 1
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_selector("#elsewhere:not([hidden])")
    assert page.locator("#elsewhere").evaluate(IN_SIGHT)
    assert page.inner_text("#elsewhere") == place.inner_text() == "beside: at most 999999 is allowed, found 1000000"
    page.click("#elsewhere")
    until(page, "document.getElementById('elsewhere').hidden")
    context.close()
