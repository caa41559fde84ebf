"""Every page in every state: where it is, who sees it, and a text that proves that it is shown.

The list is checked against the URL configuration: an address without a row here, and without a reason in `NO_PAGE`, fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import Page

from agora.core.attempts import REASONS
from agora.submissions.uploading import ENDS, GIVEN_UP
from tests.browser.choosing import choose, choose_large
from tests.browser.staging import LARGEST_BYTES
from tests.browser.wrong_files import WRONG, is_warning

Act = Callable[[Page], object]


def _press(key: str) -> Act:
    return lambda page: page.keyboard.press(key)


def _click(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def _scroll_down(page: Page) -> None:
    """Bring the figures into sight, which is when they are drawn."""
    # In one go: a page that goes on puts other figures in the place of these.
    page.evaluate("[...document.querySelectorAll('figure')].at(-1).scrollIntoView()")
    page.locator("figure .main-svg").last.wait_for()


def _override(page: Page) -> None:
    page.get_by_label("Overrides").fill("train.optim.weight_deca=1")
    page.get_by_role("button", name="Start").click()


def _ask_too_often(page: Page) -> None:
    for _ in range(6):
        page.goto("/accounts/password/reset/")
        page.get_by_label("E-mail").fill("nobody@example.org")
        page.get_by_role("button", name="Send the link").click()


def _forge(page: Page) -> None:
    """Send a form without the token that stands in the cookie, as another site would."""
    page.context.clear_cookies(name="csrftoken")
    page.locator(".bar form button").first.click()


@dataclass(frozen=True)
class State:
    """One state of one page. `path` holds references of the stage in braces; `act` brings the page into the state."""

    name: str
    route: str
    path: str
    shows: str
    visitor: str = "heron"
    status: int = 200
    act: Act | None = None
    is_repeated: bool = False  # looks like the state before it but for a few words: axe runs in the long test
    refused: tuple[str, ...] = ()  # addresses that answer with an error while the state is brought about


HOME = (
    State("home", "home", "/", "Re-identification, scored the same way for everyone.", ""),
    State("home of a participant", "home", "/", "Your competitions"),
    State("account menu", "home", "/", "Sign out", act=_click(".menu > summary")),
    State("keys", "home", "/", "Previous and next page", act=_press("?")),
    State("competitions", "competitions:list", "/competitions/", "For members only"),
    State("competitions found", "competitions:list", "/competitions/?q=drone", "AG-Synth"),
    State("competitions not found", "competitions:list", "/competitions/?q=xyzzy&which=open", "No competition matches"),
    State("notifications", "activity:notifications", "/notifications/", "Notifications"),
    State("status", "status", "/status/", "A file submitted now is scored in about", ""),
)
COMPETITION = (
    State("overview", "competitions:overview", "/c/agsynth/", "What is asked", ""),
    State("overview of a second phase", "competitions:overview", "/c/agsynth/?phase=labels", "person_id"),
    State("overview of an archive", "competitions:overview", "/c/agreid2023/", "Score a file offline", ""),
    State("overview before the start", "competitions:overview", "/c/upcoming/", "Opens in 2 days"),
    State("overview after the end", "competitions:overview", "/c/closed/", "Entries closed on"),
    State("overview of a running one", "competitions:overview", "/c/halves/", "days left"),
    State("overview of a private one", "competitions:overview", "/c/members/", "private"),
    State("overview for a newcomer", "competitions:overview", "/c/agsynth/", "Join", "newcomer"),
    State("overview before the rules", "competitions:overview", "/c/agsynth/", "Accept the rules", "reader"),
    State("overview without quota", "competitions:overview", "/c/agsynth/", "Next at 00:00 UTC", "spent"),
    State("data", "competitions:data", "/c/agsynth/data/", "Download all"),
    State("data before the rules", "competitions:data", "/c/agsynth/data/", "Accept the rules", "reader"),
    State("data for anybody", "competitions:data", "/c/agsynth/data/", "Sign in", ""),
    State("data of an archive", "competitions:data", "/c/agreid2023/data/", "Data", ""),
    State("data not released", "competitions:data", "/c/empty/data/", "The organiser has not released data yet."),
    State("rules", "competitions:rules", "/c/agsynth/rules/", "I have read version 1 and accept it", "reader"),
    State("rules accepted", "competitions:rules", "/c/agsynth/rules/", "You accepted version 1"),
    State("rules for anybody", "competitions:rules", "/c/agsynth/rules/", "To accept the rules", ""),
    State("rules for a newcomer", "competitions:rules", "/c/agsynth/rules/", "You accept the rules", "newcomer"),
    State("rules changed", "competitions:rules", "/c/rules/rules/", "What changed since version 1"),
    State("rules of an archive", "competitions:rules", "/c/agreid2023/rules/", "Rules", ""),
    State("team", "competitions:team", "/c/agsynth/team/", "Rename the team"),
    State("team for anybody", "competitions:team", "/c/agsynth/team/", "Sign in to join", ""),
    State("team for a newcomer", "competitions:team", "/c/agsynth/team/", "You have no team here yet", "newcomer"),
    State("team of several", "competitions:team", "/c/several/team/", "asks to merge with your team"),
    State(
        "team, sum of a merger",
        "competitions:team",
        "/c/several/team/?merge=team+garganey",
        "people and entries go over",
    ),
    State(
        "team, no such team",
        "competitions:team",
        "/c/several/team/?merge=xyzzy",
        "There is no other team of this name.",
    ),
    State("team, invited", "competitions:team", "/c/several/team/", "invites you to the team", "starter"),
)
_BOARD = "leaderboards:board"
BOARD = (
    State("board", _BOARD, "/c/agsynth/leaderboard/", "Go to row"),
    State("board for anybody", _BOARD, "/c/agsynth/leaderboard/", "Reported in publications", ""),
    State("board, second page", _BOARD, "/c/agsynth/leaderboard/?page=2", "Previous"),
    State("board, plain protocol", _BOARD, "/c/agsynth/leaderboard/?methods=plain", "Shown are only rows of"),
    State("board, one track", _BOARD, "/c/agsynth/leaderboard/?track=aerial_ground&sort=last", "Official ranks"),
    State("board, one facet", _BOARD, "/c/agsynth/leaderboard/?facet=rerank", "Shown are only rows of"),
    State("board, found", _BOARD, "/c/agsynth/leaderboard/?q=heron", "“heron”"),
    State("board, nothing found", _BOARD, "/c/agsynth/leaderboard/?q=xyzzy", "No row matches."),
    State("board, platform-run", _BOARD, "/c/agsynth/leaderboard/?kind=platform", "platform-run, not ranked"),
    State("board, labels", _BOARD, "/c/agsynth/leaderboard/?phase=labels", "Numbers as printed"),
    State("board, export", _BOARD, "/c/agsynth/leaderboard/", "LaTeX", act=_click(".controls-end .menu > summary")),
    State(
        "board, protocol", _BOARD, "/c/agsynth/leaderboard/", "scorer revision", act=_click("[popovertarget=protocol]")
    ),
    State("board, public half", _BOARD, "/c/halves/leaderboard/", "The final standings use the other part"),
    State("board, tiers", _BOARD, "/c/final/leaderboard/", "all that cannot be told apart from it"),
    State("board, final", _BOARD, "/c/final/leaderboard/", "Final standings, released"),
    State("board, public half at the end", _BOARD, "/c/final/leaderboard/?board=public", "Computed on the public"),
    State("board, many tracks", _BOARD, "/c/many/leaderboard/", "Six tracks"),
    State("board, menu of tracks", _BOARD, "/c/many/leaderboard/", "Camera 5", act=_click(".choose > summary")),
    State("board, empty", _BOARD, "/c/empty/leaderboard/", "No entry yet."),
    State("board, not begun", _BOARD, "/c/upcoming/leaderboard/", "Entries open on"),
    State("board, archive", _BOARD, "/c/agreid2023/leaderboard/", "Not computed here: no interval", ""),
    State("board, archive, plain", _BOARD, "/c/agreid2023/leaderboard/?methods=plain", "plain protocol", ""),
    State("board, archive, nothing", _BOARD, "/c/agreid2023/leaderboard/?metric=mAP&facet=tta", "No row matches", ""),
)
_SUBMIT, _UPLOAD = "submissions:submit", "submissions:upload"
UPLOAD = (
    State("submit", _SUBMIT, "/c/agsynth/submit/", "What the file looks like"),
    State("submit labels", _SUBMIT, "/c/agsynth/submit/?phase=labels", "image_id,person_id"),
    State("submit before the start", _SUBMIT, "/c/upcoming/submit/", "Entries open on"),
    State("submit after the end", _SUBMIT, "/c/closed/submit/", "Entries closed on"),
    State("submit to an archive", _SUBMIT, "/c/agreid2023/submit/", "can be scored offline only", ""),
    State("submit without quota", _SUBMIT, "/c/agsynth/submit/", "Next at 00:00 UTC", "spent"),
    State("submit before the rules", _SUBMIT, "/c/agsynth/submit/", "Accept version 1", "reader", 403),
    State("submit without a team", _SUBMIT, "/c/agsynth/submit/", "Join AG-Synth first", "newcomer", 403),
    State("submit without an account", _SUBMIT, "/c/agsynth/submit/", "Sign in and join", "", 403),
    State(
        "empty file chosen",
        _SUBMIT,
        "/c/agsynth/submit/",
        "is empty",
        act=partial(choose, name="empty.csv", content=b""),
    ),
    State(
        "large file chosen",
        _SUBMIT,
        "/c/agsynth/submit/",
        "the limit is",
        act=partial(choose_large, name="big", size=LARGEST_BYTES + 1),
    ),
    State("upload receiving", _UPLOAD, "/u/{upload-receiving}/", "The file has not arrived yet."),
    State("upload checking", _UPLOAD, "/u/{upload-checking}/", "Under way."),
    *(
        State(f"upload ended, {code}", _UPLOAD, f"/u/{{upload-{code}}}/", words, is_repeated=place > 0)
        for place, (code, words) in enumerate(ENDS.items())
    ),
    State("upload gone", _UPLOAD, "/u/{upload-gone}/", GIVEN_UP),
    *(
        State(f"upload failed, {code}", _UPLOAD, f"/u/{{upload-incident-{code}}}/", words, is_repeated=place > 0)
        for place, (code, words) in enumerate(REASONS.items())
    ),
)
_DETAIL, _LIST = "submissions:detail", "submissions:list"
ENTRY = (
    State("entries", _LIST, "/c/agsynth/submissions/", "Swin-B 384, flip"),
    State("entries not scored", _LIST, "/c/agsynth/submissions/?state=not-scored", "the scorer ran out of memory"),
    State("entries after the release", _LIST, "/c/final/submissions/", "Private %"),
    State("no entry", _LIST, "/c/agsynth/submissions/", "Nothing submitted.", "starter"),
    State("entries without a team", _LIST, "/c/agsynth/submissions/", "Join AG-Synth first", "newcomer", 403),
    State("entry scored", _DETAIL, "/s/{entry-scored}/", "95 % interval"),
    State("entry, slices", _DETAIL, "/s/{entry-scored}/", "Not shown, fewer than 20 identities", act=_scroll_down),
    State("entry of the platform", _DETAIL, "/s/{entry-platform}/", "Platform-run, recipe", ""),
    State("entry with a private part", _DETAIL, "/s/{halves-entry}/", "% mAP"),
    State("entry after the release", _DETAIL, "/s/{final-entry}/", "% mAP"),
    State("entry queued", _DETAIL, "/s/{entry-queued}/", "Queued, place"),
    State("entry scoring", _DETAIL, "/s/{entry-scoring}/", "Scoring, attempt 1"),
    State("entry invalid", _DETAIL, "/s/{entry-invalid}/", "Your file cannot be scored as it is."),
    State("entry cancelled", _DETAIL, "/s/{entry-cancelled}/", "Cancelled before scoring began."),
    *(State(f"entry failed, {code}", _DETAIL, f"/s/{{entry-error-{code}}}/", words) for code, words in REASONS.items()),
)
#: Wrong files whose pages have parts of their own; `test_check` opens every one.
_LOOKS = (
    *("ranking, endings", "ranking, missing queries", "ranking, control", "ranking, long line", "ranking, spaces"),
    *("labels, same identity", "unreadable, PNG", "unreadable, UTF-16", "unreadable, header", "depth, short list"),
)


def _checked(name: str) -> State:
    words = "is complete" if is_warning(WRONG[name]) else "Choose another file"
    return State(f"check, {name}", _UPLOAD, f"/u/{{{name}}}/", words, "sender")


CHECK = (
    *(_checked(name) for name in _LOOKS),
    State(
        "check, full list",
        _UPLOAD,
        "/u/{ranking, endings}/?show=unknown_gallery_ids&page=2",
        "201 to 400 of 1,000",
        "sender",
    ),
    State("check, complete", _UPLOAD, "/u/{right, gz}/", "is complete", "sender"),
)
ACCOUNT = (
    State("sign in", "account_login", "/accounts/login/", "Stay signed in", ""),
    State("sign up", "account_signup", "/accounts/signup/", "Create the account", ""),
    State("sign out", "account_logout", "/accounts/logout/", "Sign out?"),
    State("mail sent", "accounts:mail", "/accounts/mail/", "mail", ""),
    State("verification sent", "account_email_verification_sent", "/accounts/confirm-email/", "mail", ""),
    State("address not confirmed", "account_confirm_email", "/accounts/confirm-email/x/", "no longer valid", ""),
    State("reset the password", "account_reset_password", "/accounts/password/reset/", "Send the link", ""),
    State("reset mail sent", "account_reset_password_done", "/accounts/password/reset/done/", "mail", ""),
    State("reset link used", "account_reset_password_from_key", "/accounts/password/reset/key/1-x/", "link", ""),
    State(
        "password reset", "account_reset_password_from_key_done", "/accounts/password/reset/key/done/", "Sign in", ""
    ),
    State("change the password", "account_change_password", "/accounts/password/change/", "Password", "operator"),
    State("set a password", "account_set_password", "/accounts/password/set/", "Password", "starter"),
    State("addresses", "account_email", "/accounts/email/", "Add an address"),
    State("confirm it is you", "account_reauthenticate", "/accounts/reauthenticate/", "Password", "operator"),
    State("account inactive", "account_inactive", "/accounts/inactive/", "inactive", ""),
    State("wrong log-in", "account_login", "/accounts/login/", "Mend", "", act=_click(".account .button")),
    State("wrong sign-up", "account_signup", "/accounts/signup/", "Mend", "", act=_click(".account .button")),
)
_RUN, _RUNS, _START = "runs:detail", "runs:list", "runs:start"
RUN = (
    State("runs", _RUNS, "/c/agsynth/runs/", "Baselines and runs", "operator"),
    State("runs, none", _RUNS, "/c/empty/runs/", "No run yet.", "operator"),
    State("runs of an archive", _RUNS, "/c/agreid2023/runs/", "holds no ground truth", "operator"),
    State("runs for a participant", _RUNS, "/c/agsynth/runs/", "Only organisers of AG-Synth", "heron", 403),
    State("run, form", _START, "/c/agsynth/runs/start", "neither ground truth nor database", "operator"),
    State(
        "run, wrong override",
        _START,
        "/c/agsynth/runs/start?recipe=bot_r50_tiny",
        "unknown key",
        "operator",
        act=_override,
        refused=("/c/agsynth/runs/start?phase=ranking",),
    ),
    State(
        "run, phase without rankings",
        _START,
        "/c/agsynth/runs/start?phase=labels",
        "takes no rankings",
        "operator",
        is_repeated=True,
    ),
    State("run queued", _RUN, "/r/{run-queued}/", "Queued.", "operator"),
    State("run running", _RUN, "/r/{run-running}/", "epoch 28 of 60, 1,180 images/s", "operator", act=_scroll_down),
    State("run, cancel", _RUN, "/r/{run-running}/", "Cancel the run", "operator", act=_click(".run-ask > summary")),
    State("run stopping", _RUN, "/r/{run-stopping}/", "Stopping", "operator"),
    State("run finished", _RUN, "/r/{run-finished}/", "entered as a platform-run", "operator", act=_scroll_down),
    State("run failed", _RUN, "/r/{run-failed}/", "goes on from the checkpoint at iteration 1,200", "operator"),
    State("run cancelled", _RUN, "/r/{run-cancelled}/", "Nothing was entered.", "operator"),
    State("run that learns nothing", _RUN, "/r/{run-plain}/", "nothing to set but the seed", "operator"),
    State("run of others", _RUN, "/r/{run-running}/", "nothing at this address", "heron", 404),
)
FAULT = (
    State("404", "competitions:overview", "/c/nothing/", "There is nothing at this address.", "", 404),
    State("404 of another's upload", _UPLOAD, "/u/{upload-checking}/", "nothing at this address", "reader", 404),
    State("403", "home", "/", "This form expired or came from another site.", "", act=_forge, refused=("/theme",)),
    State(
        "429",
        "account_reset_password",
        "/accounts/password/reset/",
        "Too many attempts",
        "",
        act=_ask_too_often,
        refused=("/accounts/password/reset/",),
    ),
    State("500", "competitions:overview", "/c/broken/", "This is our fault.", "operator", 500),
)

#: What the long test looks at beside them.
REST = tuple(_checked(name) for name in WRONG if name not in _LOOKS)
STATES: tuple[State, ...] = (*HOME, *COMPETITION, *BOARD, *UPLOAD, *ENTRY, *CHECK, *ACCOUNT, *RUN, *FAULT)

#: Addresses that show no page of ours, each with the reason.
NO_PAGE = {
    "theme": "POST",
    "competitions:accept-rules": "POST",
    "competitions:join": "POST",
    "competitions:invite": "POST",
    "competitions:cancel-invitation": "POST",
    "competitions:accept-invitation": "POST",
    "competitions:decline-invitation": "POST",
    "competitions:leave-team": "POST",
    "competitions:hand-on-lead": "POST",
    "competitions:ask-merger": "POST",
    "competitions:cancel-merger": "POST",
    "competitions:decline-merger": "POST",
    "leaderboards:accept-merger": "POST",
    "submissions:choose": "POST",
    "submissions:upload-create": "POST",
    "submissions:upload-content": "PUT",
    "submissions:upload-submit": "POST; its faults are shown on the page of the upload",
    "submissions:cancel": "POST",
    "competitions:download": "a file",
    "competitions:download-all": "a file",
    "competitions:picture": "a picture",
    "submissions:upload-problems": "a file",
    "submissions:file": "a file",
    "submissions:receipt": "JSON",
    "activity:mark-read": "POST",
    "leaderboards:export": "a file",
    "submissions:upload-state": "a part of the page of the upload",
    "submissions:state": "a part of the page of the entry",
    "runs:rows": "a part of the list of runs",
    "runs:state": "a part of the page of the run",
    "runs:file": "a file",
    "runs:cancel": "POST",
    "runs:resume": "POST",
    "runs:rerun": "POST",
    "leaderboards:mini": "a part of other pages",
    "leaderboards:place": "a part of the page of the entry",
    "healthz": "JSON",
    "readyz": "JSON",
    "metrics": "numbers for a machine",
    "account_confirm_login_code": "log-in by a code is off: it leads to the log-in",
    "favicon.ico": "a redirection",
}
