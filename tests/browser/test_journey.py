"""The way of a person from the home page to the board, and back after a log-out, with wrong inputs on the way."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.staging import Staged
from tests.browser.watching import Watched

OTHER_PASSWORD = "nine white egrets below the lock"


def _fill(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " ").replace("E mail", "E-mail"), exact=True).fill(text)


def _refused(page: Page, words: str) -> None:
    """The fault stands at its field and is summed up at the top, and the focus is not lost on the way to it."""
    expect(page.get_by_role("alert")).to_contain_text("Mend")
    expect(page.locator(".fault, [role=alert] li").filter(has_text=words).first).to_be_visible()


def _sign_up(page: Page, handle: str) -> None:
    page.get_by_role("link", name="Create one").click()
    create = page.get_by_role("button", name="Create the account")
    _fill(page, E_mail="heron at example", Handle=handle, Password=PASSWORD)
    create.click()
    _refused(page, "valid email address")
    _fill(page, E_mail=f"{handle}@example.org", Handle="demo", Password="12345")
    create.click()
    _refused(page, "already exists")
    _refused(page, "too short")
    _fill(page, E_mail=f"{handle}@example.org", Handle=handle, Password=PASSWORD)
    create.click()
    # A local site shows the link that its mail holds.
    page.get_by_role("link", name="Confirm the e-mail address").click()
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile(r"/(c/agsynth/)?$"))


def _join(page: Page) -> None:
    page.get_by_role("link", name="AGORA", exact=True).click()
    page.get_by_role("link", name="Get a score on AG-Synth").click()
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/rules/**")
    page.get_by_role("button", name="I have read version 1 and accept it").click()


def _download(page: Page, folder: Path) -> Path:
    page.get_by_role("navigation", name="AG-Synth").get_by_role("link", name="Data").click()
    row = page.get_by_role("row").filter(has=page.get_by_text("sample_submission.csv", exact=True))
    with page.expect_download() as download:
        row.get_by_role("link").last.click()
    path = folder / "heron_v1.csv"
    download.value.save_as(path)
    return path


def _choose(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(".drop").click()
    chooser.value.set_files(path)
    page.wait_for_url("**/u/*/")


def _submit(page: Page, sample: Path) -> str:
    """Send a wrong file, then the right one; return the score that the entry's page shows."""
    page.locator(".head-action").get_by_role("link", name="Submit").click()
    wrong = sample.with_name("wrong.csv")
    wrong.write_text(sample.read_text(encoding="utf-8").replace(" ", ".png ", 5), encoding="utf-8")
    _choose(page, wrong)
    expect(page.locator("#found-title")).to_have_text("wrong.csv cannot be scored yet")
    page.get_by_role("link", name="Choose another file").click()
    _choose(page, sample)
    page.get_by_label("Note", exact=True).fill("The sample, as it is.")
    page.get_by_label("Method, as the board shows it").fill("Random order of the sample file, with a long name")
    for facet in ("Re-ranking", "Ensemble", "Extra data"):
        page.get_by_label(facet).check()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/s/*/")
    expect(page.locator(".big-score strong")).to_be_visible()
    expect(page.locator(".way li.done")).to_have_count(5)
    return page.locator(".big-score strong").inner_text()


def _look_at_the_board(page: Page, handle: str, score: str) -> None:
    page.get_by_role("navigation", name="AG-Synth").get_by_role("link", name="Leaderboard").click()
    own = page.locator(".board tr.own")
    expect(own).to_have_count(1)
    expect(own).to_contain_text(handle)
    expect(own.locator(".c-score")).to_have_text(score)
    expect(own.locator(".tag.you")).to_be_visible()


def _sign_out(page: Page, handle: str) -> None:
    page.locator(".bar summary", has_text=handle).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".bar").get_by_role("link", name="Sign in")).to_be_visible()


def _link_of_the_last_mail(var: Path, address: str) -> str:
    """Return the path of the link in the last mail to an address, as a person copies it out of the file."""
    mails = sorted((var / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for path in reversed(mails):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if address in mail["To"]:
            body = mail.get_body()
            assert body is not None
            found = re.search(r"https?://\S+", body.get_content())
            assert found, body.get_content()
            return found.group(0)
    raise AssertionError(f"no mail to {address}")


def _reset_the_password(page: Page, handle: str, var: Path) -> None:
    page.locator(".bar").get_by_role("link", name="Sign in").click()
    _fill(page, E_mail=f"{handle}@example.org", Password="not my password at all")
    page.get_by_role("button", name="Sign in").click()
    _refused(page, "not correct")
    page.get_by_role("link", name="Forgot the password?").click()
    _fill(page, E_mail=f"{handle}@example.org")
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url("**/reset/done/")
    page.goto(_link_of_the_last_mail(var, f"{handle}@example.org"))
    _fill(page, Password=OTHER_PASSWORD, Password_again="something else entirely")
    page.get_by_role("button", name="Set the password").click()
    _refused(page, "same password")
    _fill(page, Password=OTHER_PASSWORD, Password_again=OTHER_PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    _fill(page, E_mail=f"{handle}@example.org", Password=OTHER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (390, "dark"),
        # The way to a receipt on a wide page is that by the keyboard too.
        pytest.param(1280, "light", marks=pytest.mark.long),
        pytest.param(900, "light", marks=pytest.mark.long),
    ],
)
def test_from_the_home_page_to_the_board_and_back_after_a_new_password(
    fresh: Callable[..., Watched], staged: Staged, tmp_path: Path, width: int, theme: str
) -> None:
    handle = f"grebe{width}"
    watched = fresh(color_scheme=theme, viewport={"width": width, "height": 900}, accept_downloads=True)
    page = watched.open("/")

    page.get_by_role("link", name="Get a score on AG-Synth").click()
    page.get_by_role("link", name="Sign in to join").click()
    _sign_up(page, handle)
    _join(page)
    score = _submit(page, _download(page, tmp_path))
    _look_at_the_board(page, handle, score)
    assert watched.overhang() == 0
    _sign_out(page, handle)
    _reset_the_password(page, handle, staged.site.var)

    page.goto("/c/agsynth/submissions/")
    expect(page.locator(".entries")).to_contain_text(score)
