"""Pages whose figures are made in the queue follow their work."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.desks.alerts.jobs import enqueue_watch
from app.desks.backtests.jobs import enqueue_backtest
from layers.actor import LOCAL, Actor
from layers.database import transaction
from tests.browser.conftest import Site, Visit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "enqueue", "title"),
    [
        ("/alerts", enqueue_watch, "预警监测"),
        pytest.param("/backtest", enqueue_backtest, "回头检验", marks=pytest.mark.slow),
    ],
)
def test_a_page_tells_how_far_its_queued_work_is_and_how_it_ended(
    site: Site, address: str, enqueue: Callable[[sa.Connection, Actor], int | None], title: str
) -> None:
    page = site.context.new_page()
    page.goto(site.url + address)
    with transaction(site.engine, LOCAL) as connection:
        job = enqueue(connection, LOCAL)
    try:
        page.reload()
        expect(page.locator("#queue")).to_contain_text(f"{title},排队中")
        expect(page.locator(".head button")).to_be_disabled()
        _set(site, job, "failed")
        expect(page.locator("#queue")).to_contain_text(f"{title}没有做完")
        expect(page.locator(".head button")).to_be_enabled()
    finally:
        page.close()
        _set(site, job, "failed")  # whatever failed above, nothing waits in the queue of the tests that follow


@pytest.mark.slow
def test_the_map_goes_on_to_the_day_of_a_new_analysis_whoever_started_it(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#scope-period")).to_have_text("2025年2月 — 2026年1月")
    page.locator("#month-from").fill("21")
    expect(page.locator("#scope-period")).to_have_text("2025年11月 — 2026年1月")
    ended = {"job_id": 99, "task": "analyse", "status": "succeeded", "result": {"until": "2026-05-01"}, "note": ""}
    with page.expect_response("**/api/jobs?*"):  # what had ended before the page was opened is no news
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.route("**/api/jobs?*", lambda route: route.fulfill(json=[ended]))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#scope-period")).to_have_text("2026年2月 — 2026年4月")
    expect(page.locator("#stamp")).to_have_text("2026-05-01")
    expect(page.locator('[data-figure="overdue"] .note')).to_contain_text("2026-04-30")
    page.get_by_role("button", name="全部").click()
    expect(page.locator("#scope-period")).to_have_text("2024年2月 — 2026年4月")


def _set(site: Site, job: int | None, status: str) -> None:
    with transaction(site.engine, LOCAL) as connection:
        values = {"id": job, "status": status}
        connection.execute(sa.text("UPDATE procrastinate_jobs SET status = :status WHERE id = :id"), values)
