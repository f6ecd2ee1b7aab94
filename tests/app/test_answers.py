"""Answers kept in the process."""

import contextlib
import datetime as dt
import gzip
import threading
import time
from collections.abc import Callable
from typing import cast

import pytest
import sqlalchemy as sa

from app.core.answers import Answer, Answers, render
from layers.actor import LOCAL, WHOLE_CITY, Actor
from layers.database import transaction

from .conftest import statements


def made(size: int) -> Answer:
    return Answer(body=b"x" * size, packed=False, tag="t", mimetype="text/plain")


def test_a_long_body_is_packed_and_comes_out_as_it_was() -> None:
    body = b"0123456789" * 200
    answer = render(body, "application/json")
    assert answer.packed
    assert gzip.decompress(answer.body) == answer.plain == body


def test_what_packing_does_not_shorten_stays_as_it_is() -> None:
    packed_already = gzip.compress(bytes(range(256)) * 8)
    for body in (b"short", packed_already):
        answer = render(body, "image/png")
        assert (answer.packed, answer.body, answer.plain) == (False, body, body)


def test_the_tag_follows_the_content() -> None:
    assert render(b"a", "x").tag == render(b"a", "x").tag != render(b"b", "x").tag


def test_many_who_ask_at_once_are_answered_by_one_build(city_engine: sa.Engine) -> None:
    answers, built = Answers(city_engine), []

    def build(_: sa.Connection) -> Answer:
        time.sleep(0.05)
        built.append(1)
        return made(10)

    threads = [threading.Thread(target=answers.get, args=("q", LOCAL, ("tips",), build)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_a_build_that_fails_is_tried_again_by_the_next(city_engine: sa.Engine) -> None:
    answers = Answers(city_engine)

    def fail(_: sa.Connection) -> Answer:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        answers.get("q", LOCAL, (), fail)
    assert answers.get("q", LOCAL, (), lambda _: made(3)).body == b"xxx"


def test_the_oldest_unused_go_when_the_budget_is_spent(city_engine: sa.Engine) -> None:
    answers = Answers(city_engine, budget_bytes=2 * made(40).cost)
    built: list[str] = []

    def ask(question: str) -> None:
        answers.get(question, LOCAL, ("tips",), lambda _: built.append(question) or made(40))

    for question in ("a", "b", "a", "c", "a", "b"):
        ask(question)
    assert built == ["a", "b", "c", "b"]


def test_an_answer_over_the_budget_is_given_and_not_kept(city_engine: sa.Engine) -> None:
    answers = Answers(city_engine, budget_bytes=made(400).cost)
    for _ in range(2):
        assert len(answers.get("q", LOCAL, (), lambda _: made(500)).body) == 500
    assert answers.get("small", LOCAL, (), lambda _: made(10)).body == b"x" * 10


def test_empty_answers_fill_the_budget_too(city_engine: sa.Engine) -> None:
    answers = Answers(city_engine, budget_bytes=10 * made(0).cost)
    for number in range(100):
        answers.get(number, LOCAL, (), lambda _: made(0))
    assert len(answers._kept) == 10


def test_versions_are_read_once_in_half_a_second(city_engine: sa.Engine) -> None:
    answers = Answers(city_engine)
    with statements(city_engine) as seen:
        for _ in range(100):
            answers.versions()
    assert len(seen) == 3  # who asks, the versions and the day


def test_two_areas_that_ask_one_question_never_share_an_answer(city_engine: sa.Engine) -> None:
    """Each is answered from a transaction that the database knows to be its own, and only its own is kept for it."""
    answers, scope = Answers(city_engine), "SELECT current_setting('wuchuan.scope', true)"

    def build(connection: sa.Connection) -> Answer:
        return render(str(connection.execute(sa.text(scope)).scalar_one()).encode(), "text/plain")

    for _ in range(2):
        for code, handed in (("990101", "990101"), ("990102", "990102"), ("", WHOLE_CITY)):
            asks = Actor(account="a", scope=code)
            assert answers.get("q", asks, ("tips",), build).plain.decode() == handed


def test_the_cache_key_holds_the_area_of_the_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same fact without a database, so that it is checked wherever the code is."""
    monkeypatch.setattr(Answers, "versions", lambda _: {"tips": (1, dt.datetime(2026, 3, 1, tzinfo=dt.UTC))})
    monkeypatch.setattr("app.core.answers.transaction", lambda _, actor: contextlib.nullcontext(actor))
    answers = Answers(cast("sa.Engine", None))
    areas = ["990101", "990201", "990101"]
    asked = [answers.get("q", Actor(account="a", scope=area), ("tips",), _area_of) for area in areas]
    assert [answer.plain.decode() for answer in asked] == areas
    assert asked[0] is asked[2]


def _area_of(connection: sa.Connection) -> Answer:
    """Stands in for a read that row security narrows: the connection is the actor."""
    return render(cast("Actor", connection).scope.encode(), "text/plain")


def test_nothing_of_who_acted_stays_on_a_pooled_connection(city_engine: sa.Engine) -> None:
    names = "SELECT current_setting('wuchuan.account', true), current_setting('wuchuan.post', true)"
    for account in ("a", "b"):
        with transaction(city_engine, Actor(account=account, post="p")) as connection:
            assert tuple(connection.execute(sa.text(names)).one()) == (account, "p")
        with city_engine.connect() as connection:
            assert set(connection.execute(sa.text(names)).one()) <= {"", None}


def test_an_answer_is_of_its_day(city_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, built = Answers(city_engine), []
    for day in (1, 1, 2):
        monkeypatch.setattr("app.core.answers.tips.today", lambda _, day=day: dt.date(2026, 3, day))
        monkeypatch.setattr("app.core.answers.FRESH_SECONDS", 0)
        answers.get("q", LOCAL, ("tips",), lambda _, day=day: built.append(day) or made(3))
    assert built == [1, 2]


def test_what_a_build_leaves_for_later_is_done_outside_the_transaction(city_engine: sa.Engine) -> None:
    held = []

    def later() -> Answer:
        held.append(city_engine.pool.checkedout())  # type: ignore[attr-defined]
        return made(10)

    def build(_: sa.Connection) -> Callable[[], Answer]:
        held.append(city_engine.pool.checkedout())  # type: ignore[attr-defined]
        return later

    assert Answers(city_engine).get("q", LOCAL, ("tips",), build) == made(10)
    assert held == [1, 0]
