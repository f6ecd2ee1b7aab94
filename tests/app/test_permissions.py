"""Who may do what: the table of docs/permissions.md, which is written by hand, against the program and every route."""

import re
from collections.abc import Mapping

import flask
import pytest

from app.core.permissions import LETTERS, PERMISSIONS, allows
from layers.sign_ins import SignIn
from tests.conftest import REPO

from .conftest import signed_in
from .test_access import addresses

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def expected() -> Mapping[str, Mapping[str, bool]]:
    """The table's verdicts: permission → role → may."""
    lines = (REPO / "docs" / "permissions.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    roles = next(row for row in rows if row[0] == "permission")[1:]
    return {
        row[0].strip("`"): {role: {"yes": True, "no": False}[cell] for role, cell in zip(roles, row[1:], strict=True)}
        for row in rows
        if re.fullmatch(r"`[a-z]+\.[a-z]+`", row[0])
    }


def sign_in(role: str, **told: object) -> SignIn:
    fields = {
        "sign_in": "x",
        "account_id": 1,
        "account": "甲",
        "scope": "",
        "agency": "",
        "post": "",
        "has_code": False,
    }
    return SignIn(role=role, seen_at=None, **(fields | told))  # type: ignore[arg-type]


def test_the_table_by_hand_names_every_permission_and_role_and_the_program_agrees() -> None:
    table = expected()
    assert list(table) == list(PERMISSIONS)
    assert all(list(row) == list(LETTERS) for row in table.values())
    program = {
        permission: {role: allows(sign_in(role), permission, is_demo=False) for role in LETTERS}
        for permission in PERMISSIONS
    }
    assert program == table


def test_what_is_in_no_table_nobody_may() -> None:
    everybody = [sign_in(role) for role in LETTERS] + [sign_in("", account_id=None)]
    assert not any(allows(each, "tips.shred", is_demo=True) for each in everybody)


def test_whoever_comes_by_the_link_approves_in_the_demo_city_alone() -> None:
    local = sign_in("", account_id=None)
    assert [p for p in PERMISSIONS if not allows(local, p, is_demo=False)] == ["contacts.open", "actions.approve"]
    assert all(allows(local, p, is_demo=True) for p in PERMISSIONS)


@pytest.mark.parametrize("role", LETTERS)
def test_every_route_is_open_to_a_role_exactly_where_the_table_says_so(app: flask.Flask, role: str) -> None:
    client, table = signed_in(app, account=f"{role}的账户", role=role), expected()
    wrong = []
    for endpoint, method, path in addresses(app, METHODS):
        permission = getattr(app.view_functions[endpoint], "permission", None)
        if permission is None:
            continue
        # the token is missing, so that nothing is changed: the permission is looked at first
        answer = client.open(path, method=method, headers={"Accept": "application/json"}, buffered=True)
        refused = answer.status_code == 403 and answer.get_json()["error"] == "not_allowed"
        if refused == table[permission][role]:
            wrong.append((endpoint, method, answer.status_code))
    assert wrong == []
