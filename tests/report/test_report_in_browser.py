"""Reports opened by a real browser."""

from __future__ import annotations

import shutil

import pytest
from chromium import tab


@pytest.fixture(scope="module")
def shown(report, tmp_path_factory):
    """The page in a tab."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium here")
    with tab(program, tmp_path_factory.mktemp("profile")) as opened:
        opened.open(report)
        yield opened


def test_every_picture_is_shown(shown):
    sizes = shown.evaluate(
        "Promise.all([...document.images].map(i => i.decode())).then("
        "() => [...document.images].map(i => [i.naturalWidth, i.clientWidth]))"
    )
    assert len(sizes) > 10
    assert all(natural > 0 and client > 0 for natural, client in sizes)


def test_nothing_is_complained_about(shown):
    assert shown.evaluate("document.title").startswith("Labels of")
    said = shown.told("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert said == []


def test_no_request_leaves_the_page(shown, report):
    asked = {one["request"]["url"] for one in shown.told("Network.requestWillBeSent")}
    assert report.as_uri() in asked
    assert all(url == report.as_uri() or url.startswith("data:") for url in asked)


def test_nothing_is_wider_than_the_page(shown):
    width = shown.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


def test_hostile_text_is_shown_as_text(shown):
    assert shown.evaluate("document.scripts.length") == 0
    assert shown.evaluate("document.body.innerText.includes('<script>throw 1</script>')")
