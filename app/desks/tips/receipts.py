"""The tip-giver's way back: a tip by the public form, what became of it, and words that are added to it.

A receipt of 16 digits stands for an account. It shows one of three states and nothing between (``receipt_state.sql``).
"""

import secrets
import unicodedata

import sqlalchemy as sa

from app.core import texts
from app.desks.tips.contact import SentContact
from app.desks.tips.desk import NewTip, add_tip
from gis.errors import Conflict, NotFound
from layers import posts, receipts, tips
from layers.actor import Actor
from layers.database import citywide
from layers.profile import CityProfile

_SHOWN = dict(zip(receipts.RECEIPT_STATES, ("已登记", "已受理", "已办结"), strict=True))
LONGEST_WORDS = 1000
MOST_WORDS_A_DAY = 5
#: From its last decision on, a tip waits so long before it may be shown as closed: for a month, and then as long as an
#: exponential draw says. Having waited tells nothing of such a draw, so that whoever reports a place to see whether
#: something is planned there cannot count the days.
_LEAST_DAYS, _MEAN_DAYS, _MOST_DAYS = 30, 30, 365


def grouped(receipt: str) -> str:
    """The receipt in groups of four, as it is read out and written down."""
    return " ".join(receipt[start : start + 4] for start in range(0, len(receipt), 4))


def add_public_tip(
    connection: sa.Connection, actor: Actor, profile: CityProfile, new: NewTip, *, receipt: str,
    contact: SentContact | None = None,
) -> None:  # fmt: skip
    """Keep a tip under its receipt, once; the same receipt again changes nothing. Raises as ``add_tip``."""
    stored = receipts.scrypt_of(connection, receipt)
    if not receipts.is_free(connection, stored):
        return
    tip_id = add_tip(connection, actor, profile, new, contact=contact)["tip_id"]
    receipts.add(connection, stored, tip_id, wait_days=_waiting_days())


def _waiting_days() -> int:
    return _LEAST_DAYS + min(int(secrets.SystemRandom().expovariate(1 / _MEAN_DAYS)), _MOST_DAYS)


def look_up(connection: sa.Connection, actor: Actor, number: str, words: str = "") -> str:
    """What may be shown of the tip with that receipt: 已登记, 已受理 or 已办结.

    Words are added to it, where there are some, as a step of it; personal data in them is masked.

    Raises:
        NotFound: no tip has it, whatever was typed; the same work for all that none has.
        Refused: the words are too many.
        Conflict: enough were added today.
    """
    tip_id = _tip(connection, number)
    with citywide(connection):
        if words.strip():
            _add_words(connection, actor, tip_id, words)
        return _SHOWN[receipts.state(connection, tip_id)]


def _add_words(connection: sa.Connection, actor: Actor, tip_id: int, words: str) -> None:
    clean = texts.take(words, "补充的内容", most=LONGEST_WORDS, kind="bad_words", lines=True)
    tips.one(connection, tip_id, lock=True)
    last = tips.steps(connection, tip_id)[-1]
    if (last["step"], last["reason"]) == ("supplemented", clean):
        return  # pressed twice
    if receipts.words_today(connection, tip_id) >= MOST_WORDS_A_DAY:
        raise Conflict(f"一天最多补充 {MOST_WORDS_A_DAY} 次,请明天再来;情况紧急请拨打 110", kind="enough_words")
    tips.keep_step(connection, tip_id, step="supplemented", reason=clean, post=posts.acting(connection, actor))


def _tip(connection: sa.Connection, number: str) -> int:
    typed = unicodedata.normalize("NFKC", number)
    digits = "".join(letter for letter in typed if letter.isascii() and letter.isdigit())
    found = receipts.tip_of(connection, receipts.scrypt_of(connection, digits))
    if found is None:
        raise NotFound("没有查到,请核对 16 位查询码", kind="no_receipt")
    return found
