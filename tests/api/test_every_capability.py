"""Whatever can be done with a form on a page can be done by a program: made from the application's own routes."""

from typing import Any

from api.json.description import FOR_ANYONE
from tests.api.routes_of import everything
from tests.api.service import TestClient

API = "/api/v1"

# a form of a page → what a program asks for instead; a form that acts on many is asked for one by one
COUNTERPARTS = {
    "/alerts/{subscription_id}/settings": "PATCH /subscriptions/{subscription_id}",
    "/alerts/{subscription_id}/search": "PATCH /subscriptions/{subscription_id}",
    "/alerts/{subscription_id}/{act}": "PATCH /subscriptions/{subscription_id}",  # and DELETE, open, replay, secrets
    "/subscribe": "POST /subscriptions",
    "/sign-up": "POST /sign-ups",
    "/suppressions/lift": "POST /suppressions/lift",
    "/deliveries/retry": "POST /deliveries/{delivery_id}/retry",
    "/deliveries/{delivery_id}/retry": "POST /deliveries/{delivery_id}/retry",
    "/ask": "POST /questions",
    "/contacts/proposals/{proposal_id}/{verdict}": "POST /contact-proposals/{proposal_id}/decision",
    "/enquiries": "POST /enquiries",
    "/enquiries/close": "POST /enquiries/{enquiry_id}/close",
    "/enquiries/{enquiry_id}/draft": "PATCH /enquiries/{enquiry_id}",
    "/enquiries/{enquiry_id}/again": "POST /enquiries/{enquiry_id}/send",
    "/enquiries/{enquiry_id}/review": "POST /enquiries/{enquiry_id}/acts",
    "/enquiries/{enquiry_id}/{act}": "POST /enquiries/{enquiry_id}/acts",
    "/contracts": "POST /documents",
    "/contracts/{number}/facts": "PATCH /contracts/{contract_id}",
    "/contracts/{number}/origin": "PATCH /contracts/{contract_id}",
    "/contracts/{number}/review": "POST /contracts/{contract_id}/terms/{term_id}/confirm",
    "/contracts/{number}/review/{term_id}/{verdict}": "POST /contracts/{contract_id}/terms/{term_id}/confirm",
    "/terms/{term_id}/reconsider": "POST /contracts/{contract_id}/terms/{term_id}/reconsider",
    "/contracts/{number}/fees": "POST /contracts/{contract_id}/fees/{fee_id}/verdict",
    "/contracts/{number}/fees/{fee_id}/{verdict}": "POST /contracts/{contract_id}/fees/{fee_id}/verdict",
    "/contracts/{number}/fees/import": "POST /contracts/{contract_id}/fees/import",
    "/contracts/{number}/particulars/{kind}": "POST /contracts/{contract_id}/particulars/{kind}",
    "/contracts/{number}/particulars/{kind}/{row_id}/{act}": "DELETE /contracts/{contract_id}/particulars/{kind}/{row_id}",
    "/contracts/{number}/hold": "POST /contracts/{contract_id}/holds",
    "/retention": "PUT /retention",
    "/retention/{contract_id}/dispose": "POST /contracts/{contract_id}/dispose",
    "/retention/holds/{hold_id}/lift": "DELETE /holds/{hold_id}",
    "/obligations/plan": "POST /obligations/plan",
    "/obligations/{obligation_id}/reopen": "POST /obligations/{obligation_id}/reopen",
    "/obligations/{obligation_id}/{state}": "POST /obligations/{obligation_id}/close",
    "/payees": "POST /payees",
    "/payees/{payee_id}/changes": "POST /payees/{payee_id}/changes",
    "/payees/changes/{change_id}/call-back": "POST /payee-changes/{change_id}/call-back",
    "/payees/changes/{change_id}/approve": "POST /payee-changes/{change_id}/approve",
    "/payees/changes/{change_id}/refuse": "POST /payee-changes/{change_id}/refuse",
    "/payees/{payee_id}/reveal": "POST /payees/{payee_id}/reveal",
    "/tenders/{ocid}/pursue": "POST /pursuits",
    "/pipeline/{pursuit_id}/submit": "POST /pursuits/{pursuit_id}/submission",
    "/pipeline/{pursuit_id}/contract": "POST /pursuits/{pursuit_id}/contract",
    "/pipeline/{pursuit_id}/undo": "POST /pursuits/{pursuit_id}/steps",
    "/pipeline/{pursuit_id}/tasks": "POST /pursuits/{pursuit_id}/tasks",
    "/pipeline/{pursuit_id}/tasks/{task_id}/{state}": "POST /pursuits/{pursuit_id}/tasks/{task_id}/{state}",
    "/pipeline/{pursuit_id}/{act}": "POST /pursuits/{pursuit_id}/steps",
    "/sources/{name}/held/{held_id}/{verdict}": "POST /held/{held_id}/decision",
    "/account/people": "POST /people",
    "/account/people/{person_id}/role": "PATCH /people/{person_id}",
    "/account/people/{person_id}/end": "DELETE /people/{person_id}",
    "/account/people/{person_id}/restore": "POST /people/{person_id}/restore",
    "/account/keys": "POST /keys",
    "/account/keys/{key_id}/revoke": "DELETE /keys/{key_id}",
    "/breaches": "POST /breaches",
    "/breaches/{breach_id}/reported": "POST /breaches/{breach_id}/reports",
}
SIGNING_IN = "it makes or ends a browser's session; a program has a key"
OWN_ACCOUNT = "it is a person's own account, and a program acts for the organisation only"
MAILED_LINK = "whoever holds a mailed link acts without an account; a program changes the subscription itself"
BROWSER = "it is a choice of this browser's, kept in its cookie"
# the beginning of an address → why a program has no use for it
PAGES_ONLY = {
    "/sign-in": SIGNING_IN,
    "/sign-out": SIGNING_IN,
    "/account/profile": OWN_ACCOUNT,
    "/account/password": OWN_ACCOUNT,
    "/account/sign-ins": OWN_ACCOUNT,
    "/account/passkeys": OWN_ACCOUNT,
    "/account/second-factor": OWN_ACCOUNT,
    "/account/code": OWN_ACCOUNT,
    "/confirm/": MAILED_LINK,
    "/my-alerts/": MAILED_LINK,
    "/u/": MAILED_LINK,
    "/language": BROWSER,
    "/help/keys": BROWSER,
}


def forms(web: TestClient) -> set[str]:
    """The addresses that a page's form is sent to."""
    app: Any = web.app
    return {one.path for some in everything(app) for one in some if one.method == "POST" and not one.path.startswith(API)}


def test_whatever_a_form_does_a_program_can_do(web: TestClient) -> None:
    missing = {path for path in forms(web) if path not in COUNTERPARTS and not path.startswith(tuple(PAGES_ONLY))}
    assert not missing, "give these forms an operation of the API, and name it in COUNTERPARTS (or a reason in PAGES_ONLY)"


def test_every_counterpart_is_there(web: TestClient) -> None:
    paths = web.get(f"{API}/openapi.json").json()["paths"]
    there = {f"{method.upper()} {path.removeprefix(API)}" for path, methods in paths.items() for method in methods}
    assert set(COUNTERPARTS.values()) <= there
    assert set(FOR_ANYONE) <= set(paths)


def test_neither_list_names_a_form_that_is_gone(web: TestClient) -> None:
    there = forms(web)
    assert set(COUNTERPARTS) <= there
    assert all(any(path.startswith(begin) for path in there) for begin in PAGES_ONLY)
    assert not [path for path in COUNTERPARTS if path.startswith(tuple(PAGES_ONLY))]
