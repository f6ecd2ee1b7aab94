"""What the audit keeps of requests and commands, and its page."""

import io
import time

import flask
import pypdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.desks.actions.desk import new_action
from app.desks.actions.order import printed_order
from layers import audit, write
from layers.actor import LOCAL
from layers.database import transaction
from layers.host.embedded import Cluster
from layers.profile import CityProfile
from tests.app import town

from .conftest import POST, signed_in
from .workflows.test_plan_strike import NOW, asked

TOKEN = {"X-CSRF-Token": "the-token"}
JSON = TOKEN | {"Accept": "application/json"}


def entries(engine: sa.Engine, account: str = "受理一") -> list[tuple[str, str, object]]:
    with transaction(engine, LOCAL) as connection:
        rows = audit.entries(connection, account=account)
    return [(row["action"], row["layer"], row["detail"].get("endpoint")) for row in reversed(rows)]


@pytest.fixture
def desk(own_app: flask.Flask) -> FlaskClient:
    return signed_in(own_app, account="受理一", role="tip_desk")


def test_changes_refusals_and_exports_are_kept_and_reads_are_not(desk: FlaskClient, own_engine: sa.Engine) -> None:
    assert desk.post("/tips", json={"text": "三楼每天有人听课"}, headers=JSON).status_code == 201
    assert desk.get("/accounts", headers=JSON).status_code == 403
    assert desk.get("/tips/inbox").status_code == 200
    assert desk.get("/exports/venues.xlsx").status_code == 200
    assert desk.post("/tips", json={"text": ""}, headers=JSON).status_code == 400
    assert entries(own_engine) == [
        ("done", "tips.write", "tips.add"), ("refused", "accounts.manage", "accounts.show"),
        ("exported", "venues", None), ("done", "exports.take", "exports.show"),
    ]  # fmt: skip


def test_an_entry_names_the_row_and_nothing_that_was_typed(desk: FlaskClient, own_engine: sa.Engine) -> None:
    tip_id = desk.post("/tips", json={"text": "三楼每天有人听课", "address": "幸福路8号"}, headers=JSON).json["tip_id"]
    step = {"step": "rejected", "reason": "不属于传销", "version": 1}
    assert desk.post(f"/tips/{tip_id}/steps", json=step, headers=JSON).status_code == 200
    with transaction(own_engine, LOCAL) as connection:
        kept = [(row["detail"].get("tip_id"), row["post"]) for row in audit.entries(connection, account="受理一")]
        text = connection.execute(sa.text("SELECT table_to_xml('audit', true, false, '')")).scalar_one()
    assert kept[0] == (tip_id, POST)
    assert not [word for word in ("听课", "幸福路", "不属于") if word in str(text)]


def test_of_the_public_nothing_is_kept(own_app: flask.Flask, own_engine: sa.Engine) -> None:
    with transaction(own_engine, LOCAL) as connection:
        before = len(audit.entries(connection))
    stranger = own_app.test_client()
    assert stranger.get("/tips/new").status_code == 200
    stranger.post("/tips/new", data={"key": "x", "text": "三楼"})
    stranger.post("/tips/receipt", data={"number": "1" * 16})
    stranger.get("/api/layers")
    with transaction(own_engine, LOCAL) as connection:
        assert len(audit.entries(connection)) == before


def test_the_page_shows_entries_by_kind_and_account_and_the_state_of_the_seal(
    own_app: flask.Flask, desk: FlaskClient, own_engine: sa.Engine
) -> None:
    desk.post("/tips", json={"text": "三楼每天有人听课"}, headers=JSON)
    desk.get("/accounts", headers=JSON)
    auditor = signed_in(own_app, account="审计员", role="auditor")
    page = auditor.get("/audit?account=受理一&action=refused").text
    assert "审计完整:0 段" in page
    assert ("accounts.show" in page, "tips.add" in page) == (True, False)
    assert desk.get("/audit").status_code == 403
    assert auditor.get("/audit?action=x&before=1").status_code == 200
    assert auditor.get("/audit?before=0").status_code == 400
    data = own_app.extensions["wuchuan"].settings.data
    end = time.monotonic() + 60
    while "审计完整:1 段" not in auditor.get("/audit").text and time.monotonic() < end:  # others' work puts it off
        with transaction(own_engine, LOCAL) as connection:
            audit.close_block(connection)
        with transaction(own_engine, LOCAL) as connection:
            audit.write_heads(connection, data)
    assert "审计完整:1 段" in auditor.get("/audit").text


def test_an_order_bears_the_head_of_the_audit_as_it_was_printed(
    cluster: Cluster, worker_name: str, demo_profile: CityProfile
) -> None:
    with town.database(cluster, f"sealed_{worker_name}") as engine:
        action_id = new_action(engine, LOCAL.at("甲岗"), demo_profile, asked("V1"), now=NOW, planned=True)
        with transaction(engine, LOCAL) as connection:
            write.note(connection, LOCAL, action="done", layer="", detail={})
        end, block = time.monotonic() + 60, None
        while block is None and time.monotonic() < end:
            with transaction(engine, LOCAL) as connection:
                block = audit.close_block(connection) or audit.last_block(connection)
        printed = io.BytesIO(printed_order(engine, LOCAL, demo_profile, action_id))
    assert block is not None
    text = pypdf.PdfReader(printed).pages[0].extract_text().replace("\n", "")
    assert f"第 {block.number} 段 {block.head[:16]}" in text
