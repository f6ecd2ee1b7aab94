"""Workbooks to take away: the rows of a layer, of an area, and no word of a tip."""

import io

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from layers.actor import LOCAL
from layers.database import transaction
from layers.sign_ins import LOCAL_ACCOUNT
from tests.app.conftest import COUNTY, PRIVATE
from tests.builders import looking


def rows(client: FlaskClient, address: str) -> list[tuple[object, ...]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_tips_are_handed_out_without_their_text_and_by_area(visitor: FlaskClient) -> None:
    head, *told = rows(visitor, "/exports/tips.xlsx")
    assert {row[0] for row in told} == {"T1", "T2", "T3"}
    assert "内容" not in head
    assert PRIVATE not in str(told)
    assert {row[0] for row in rows(visitor, f"/exports/tips.xlsx?area={COUNTY}")[1:]} == {"T1", "T3"}


def test_who_took_a_register_is_kept(visitor: FlaskClient, city_engine: sa.Engine) -> None:
    asked = sa.text("SELECT account, detail->>'area' FROM audit WHERE action = 'exported' AND layer = 'venues'")
    rows(visitor, f"/exports/venues.xlsx?area={COUNTY}")
    with looking(city_engine) as connection:
        assert connection.execute(asked).all()[-1] == (LOCAL_ACCOUNT, COUNTY)


@pytest.mark.parametrize(("layer", "count"), [("raids", 1), ("rental_units", 40), ("venues", 1), ("risk_zones", 0)])
def test_every_offered_layer_is_a_workbook_with_chinese_headings(visitor: FlaskClient, layer: str, count: int) -> None:
    head, *told = rows(visitor, f"/exports/{layer}.xlsx")
    assert len([row for row in told if any(row)]) == count
    assert [title for title in map(str, head) if title.isascii()] == []
    assert PRIVATE not in str(told)


def test_what_is_not_offered_is_404_and_nothing_is_handed_to_strangers(
    visitor: FlaskClient, stranger: FlaskClient
) -> None:
    asked = ("/exports/roads.xlsx", "/exports/tips.xlsx?area=1", "/exports/tips.xlsx?x=1")
    assert [visitor.get(address).status_code for address in asked] == [404, 404, 400]
    assert stranger.get("/exports/tips.xlsx").status_code == 302


COSTLY = ("/exports/tips.xlsx", "/charts/990101001001.pdf", "/maps/zones.png", "/api/heat.png")


@pytest.mark.parametrize("path", COSTLY)
def test_head_is_answered_without_the_work_and_leaves_no_note(
    visitor: FlaskClient, city_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("desks.exports.views.export_layer", "core.apart.Lingering.__call__"):
        monkeypatch.setattr(f"app.{name}", work)
    with transaction(city_engine, LOCAL) as connection:
        before = connection.execute(sa.text("SELECT count(*) FROM audit WHERE action = 'exported'")).scalar_one()
    answer = visitor.head(path)
    assert (answer.status_code, answer.data) == (200, b"")
    with transaction(city_engine, LOCAL) as connection:
        assert (
            connection.execute(sa.text("SELECT count(*) FROM audit WHERE action = 'exported'")).scalar_one() == before
        )


def test_head_of_what_is_not_there_says_so(visitor: FlaskClient) -> None:
    assert visitor.head("/exports/people.xlsx").status_code == 404
    assert visitor.head("/exports/tips.xlsx?area=%20").status_code == 400
