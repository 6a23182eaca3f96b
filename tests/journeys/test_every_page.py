"""Every page of every role opens, is accessible to axe, asks nobody else, and fits a phone."""

import hashlib
import json
import time

import pytest

from tests.journeys.conftest import DESKTOP, PHONE, axe
from tests.journeys.pages import (
    MISTYPED_NUMBER,
    ROLES,
    UNKNOWN_NUMBER,
    certificates_by_standing,
    our_patterns,
    walk,
)

# Kinds of pages that no walk reaches, and why. Whoever adds a page that nobody can reach by a link meets this list.
NOT_WALKED = {
    **dict.fromkeys(
        ["issuing:approve", "issuing:reject", "issuing:retry", "issuing:decide", "register:write_file",
         "register:cancel_file", "courses:lesson-done", "courses:lesson-opened", "courses:marks", "courses:move",
         "courses:attempt-save", "verify:code", "verify:list_report", "certification:make_print", "issuing:begin_template",
         "issuing:decide_erasure", "issuing:decide_template", "issuing:go_on", "issuing:log_compare", "issuing:pack",
         "issuing:pause", "issuing:remove_template", "keys:publish", "register:split"],
        "takes a form and shows nothing of its own",
    ),
    **dict.fromkeys(
        ["issuing:archive", "issuing:manifest", "register:export", "certification:download", "courses:my-sessions",
         "courses:sign-in-sheet-pdf", "courses:sign-in-sheet", "verify:kit", "waiver_document",
         "mfa_download_recovery_codes", "certification:print", "issuing:template_pdf", "issuing:template_preview",
         "verify:sample"],
        "a file, or the page to print one",
    ),
    **dict.fromkeys(
        ["healthz", "readyz", "published:checkpoint", "published:credential", "published:credential_file",
         "published:achievement_json", "published:cosignature", "published:did", "published:jwks",
         "verify:offline_manifest", "verify:offline_worker", "published:status", "published:status_token", "published:tile"],
        "for programs",
    ),
    **dict.fromkeys(
        ["register:file", "review_attendance", "review_enrolments"],
        "needs a file that somebody laid before; looked at in tests/*/admin",
    ),
    **dict.fromkeys(
        ["courses:attempt", "courses:attempt-confirm", "courses:attempt-result"],
        "needs an attempt that was begun: test_learning_road, with axe",
    ),
    **dict.fromkeys(
        ["account_confirm_email", "account_confirm_login_code", "account_email_verification_sent", "account_inactive",
         "account_logout", "account_reset_password_done", "account_reset_password_from_key",
         "account_reset_password_from_key_done", "account_set_password", "mfa_authenticate", "mfa_deactivate_totp",
         "mfa_edit_webauthn", "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_login_webauthn",
         "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes"],
        "a step after a letter, or with a second factor: lms/people/test_accounts, in our frame",
    ),
    **dict.fromkeys(
        ["editions:add", "editions:edit"], "editions are cut by publishing; nobody is offered a form"
    ),
    "design:gallery": "in development only, linked from nowhere: lms/pages/test_design",
    "editions:inspect": "behind a button's menu that Wagtail makes when it is opened",
    "enrol_again": "for those who withdrew or completed; the list shows them when asked: courses/admin/test_self_paced",
    "office_login": "leads to the sign-in page of everybody",
    "page_approved": "after approving a page: courses/admin/test_catalogue",
    "issuing:template": "the demonstration begins no draft of a template: certification/admin/test_templates",
    "keys:decide": "needs a request about a key: certification/admin/test_keys",
    "published:achievement": "an address in credentials, linked from nowhere: certification/views/test_achievements",
    "verify:file": "the answer to a file: test_verify_page",
}  # fmt: skip
# By the first class of what they show.
PAGES = {"page of catalogue__head", "page of programme", "page of module", "page of lesson"}


# How a page is built, without its words: elements with what assistive technology and style sheets go by. Rows that are
# built like the row before them count once.
_BUILT = """() => {
    const named = new Set(["class", "role", "type", "lang", "scope", "style", "tabindex", "hidden", "disabled"]);
    const built = element => {
        const attributes = [...element.attributes].map(({name, value}) =>
            named.has(name) || name === "aria-hidden" || name === "aria-current" ? `${name}=${value}`
            : name.startsWith("data-") ? "" : name).sort().join(" ");
        const inner = [...element.children].map(built).filter((each, at, all) => each !== all[at - 1]).join("");
        const says = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        return `<${element.tagName} ${attributes}${says ? " says" : ""}>${inner}</>`;
    };
    return built(document.querySelector("main") || document.body);
}"""


def is_new(page, shared, scope: str) -> bool:
    """Is the page built as none was that axe has looked at in this ``scope`` (device and side of the site)?"""
    name = hashlib.sha256(f"{scope} {page.evaluate(_BUILT)}".encode()).hexdigest()
    try:
        (shared / f"built-{name}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def look_at(page, path: str, role: str, shared=None, device: str = "desktop") -> list[str]:
    """What is wrong with the page as it stands open. With ``shared``, axe passes over what is built like one before."""
    faults = []
    side = "office" if path.startswith("/office/") else "site"
    try:
        if shared is None or is_new(page, shared, f"{side} {device}"):
            axe(page, only="main" if side == "office" else None)
    except AssertionError as fault:
        faults.append(f"{role}: {fault}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{role}: {path} is {wide} px wider than the screen")
    return faults


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible(open_page, sign_in, shared_folder, role):
    begun, done = shared_folder / f"begun-{role}", shared_folder / f"walked-{role}.json"
    begun.touch()
    page = open_page(DESKTOP)
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])
    kinds: set[str] = set()

    faults = [fault for path in walk(page, role, kinds=kinds) for fault in look_at(page, path, role, shared_folder)]
    done.write_text(json.dumps(sorted(kinds)))
    assert faults == []


def test_every_kind_of_page_was_walked_or_it_is_told_why_not(open_page, sign_in, shared_folder):
    reached: set[str] = set()
    for role in ROLES:
        begun, done = shared_folder / f"begun-{role}", shared_folder / f"walked-{role}.json"
        until = time.monotonic() + 400
        while begun.exists() and not done.exists() and time.monotonic() < until:
            time.sleep(1)  # another process walks
        if done.exists():
            reached |= set(json.loads(done.read_text()))
            continue
        page = open_page(DESKTOP)  # when this test runs alone
        if ROLES[role][0]:
            sign_in(page, ROLES[role][0])
        for _path in walk(page, role, kinds=reached):
            pass

    assert sorted(our_patterns() - reached) == sorted(NOT_WALKED)
    assert {kind for kind in reached if kind.startswith("page of ")} == PAGES


@pytest.mark.parametrize("role", ["visitor", "learner", "trainer"])
def test_every_page_of_people_on_the_way_fits_a_phone(open_page, sign_in, shared_folder, role):
    page = open_page(PHONE, language="sr")
    if ROLES[role][0]:
        sign_in(page, ROLES[role][0])

    faults = [fault for path in walk(page, role, "sr") for fault in look_at(page, path, role, shared_folder, "phone")]
    assert faults == []


def test_every_answer_of_verification_is_accessible_and_fits_a_phone(open_page, sign_in):
    officer, stranger = open_page(DESKTOP), open_page(PHONE, language="sr")
    sign_in(officer, ROLES["officer"][0])
    numbers = certificates_by_standing(officer)
    assert {"valid", "suspended", "superseded", "revoked"} <= set(numbers)

    faults = []
    for number in [*numbers.values(), UNKNOWN_NUMBER, MISTYPED_NUMBER]:
        stranger.goto(f"/v/{number}?lang=sr")
        faults += look_at(stranger, f"/v/{number}", "visitor")

    assert faults == []


def test_the_office_can_be_read_in_the_dark(open_page, sign_in):
    page = open_page(DESKTOP, color_scheme="dark")
    sign_in(page, ROLES["officer"][0])

    faults = []
    for path in ["/office/", "/office/register/", "/office/certificates/rounds/MQS-2025-1/", "/office/questions/"]:
        page.goto(path)
        faults += look_at(page, path, "officer")

    assert faults == []
