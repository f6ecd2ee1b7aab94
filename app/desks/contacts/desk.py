"""Contacts of tip-givers: the tip desk's key and its two holders, opening one contact, and what became of a reward.

The passphrases, the private key and what a contact says are in the browser alone; here they are as it sealed them.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.errors import Conflict, Forbidden, Refused
from layers import contacts, posts
from layers.actor import LOCAL, PUBLIC, SERVICE, Actor

MOST_LISTED = 500
REWARDS = {"none": "没有承诺", "promised": "已承诺", "paid": "已发放", "lapsed": "已失效"}
#: From which state a reward may come into another; what has ended stays so, since its key is on the way out.
_FROM: Mapping[str, tuple[str, ...]] = {
    "promised": ("none",),
    "paid": ("none", "promised"),
    "lapsed": ("none", "promised"),
}


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A pair of keys as the browser made it: the public one, and the private one as each passphrase wraps it."""

    public_key: str
    copies: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class NewHolder:
    """Another holder, or another passphrase, for the private key of a pair."""

    desk_key: int
    copy: Mapping[str, Any]


def list_contacts(connection: sa.Connection) -> dict[str, Any]:
    """The contacts without what they say, the newest first, the key in use with its holders, and who may hold one."""
    key = contacts.newest_key(connection)
    holders = contacts.copies_of(connection, key["desk_key_id"]) if key else []
    shown = {"desk_key": key["desk_key_id"], "public_key": _text(key["public_key"])} if key else None
    return {
        "key": shown and shown | {"copies": [_packed(copy) for copy in holders]},
        "posts": posts.titles(connection),
        "contacts": contacts.listed(connection, limit=MOST_LISTED),
    }


def make_key(connection: sa.Connection, actor: Actor, wanted: NewKey) -> dict[str, Any]:
    """Take a new pair into use: contacts are sealed to it from now on, and former ones open by theirs.

    Raises:
        Refused: the key is none, or it lacks its two holders: two posts on duty.
        Conflict: it is taken into use already.
        Forbidden: the actor acts in no post's name.
    """
    _person(connection, actor)
    copies = [_copy(connection, copy) for copy in wanted.copies]
    if [copy.holder for copy in copies] != list(contacts.HOLDERS) or copies[0].post == copies[1].post:
        raise Refused("密钥要有两个持有岗位,各用各的口令", kind="bad_holders")
    public = _bytes(wanted.public_key, contacts.PUBLIC_KEY_BYTES)
    return {"desk_key": contacts.add_key(connection, public, copies)}


def replace_holder(connection: sa.Connection, actor: Actor, wanted: NewHolder) -> dict[str, Any]:
    """Give the private key to another post, or the same one by another passphrase, in the place of a holder.

    Raises:
        NotFound: no such key.
        Refused: the copy is none, or its post holds the other copy.
        Forbidden: the actor acts in no post's name.
    """
    _person(connection, actor)
    copy = _copy(connection, wanted.copy)
    contacts.public_key(connection, wanted.desk_key)
    others = [held.post for held in contacts.copies_of(connection, wanted.desk_key) if held.holder != copy.holder]
    if copy.post in others:
        raise Refused("两份密钥要由两个岗位持有", kind="bad_holders")
    contacts.add_copy(connection, wanted.desk_key, copy)
    return {"desk_key": wanted.desk_key}


def open_contact(connection: sa.Connection, actor: Actor, tip_id: int) -> dict[str, Any]:
    """What a browser needs to open the contact of a tip by a holder's passphrase; its history says who asked.

    Raises:
        NotFound: none was left with that tip.
        Conflict: its key is destroyed; nobody can open it.
        Forbidden: the actor is no person at the desk, or acts in no post's name.
    """
    post = _person(connection, actor)
    contact = contacts.one(connection, tip_id)
    if contact["sealed_key"] is None:
        raise Conflict("这条联系方式的密钥已经销毁,谁也打不开了", kind="destroyed")
    contacts.keep_step(connection, contact["contact_id"], step="opened", post=post)
    key = contact["desk_key_id"]
    return {
        "sealed": _text(contact["sealed"]),
        "sealed_key": _text(contact["sealed_key"]),
        "public_key": _text(contacts.public_key(connection, key)),
        "copies": [_packed(copy) for copy in contacts.copies_of(connection, key)],
    }


def move_reward(connection: sa.Connection, actor: Actor, tip_id: int, reward: str) -> dict[str, Any]:
    """Promise, pay or let lapse the reward of a tip, from today on.

    Raises:
        NotFound: no contact was left with that tip.
        Refused: there is no such state.
        Conflict: the reward cannot come into it from the one it has.
        Forbidden: the actor acts in no post's name.
    """
    post = _person(connection, actor)
    if reward not in _FROM:
        raise Refused("没有这种奖励状态", kind="bad_reward")
    contact = contacts.one(connection, tip_id)
    if contact["reward"] not in _FROM[reward]:
        raise Conflict(f"奖励现在是“{REWARDS[contact['reward']]}”,不能改成“{REWARDS[reward]}”", kind="reward_stands")
    contacts.set_reward(connection, contact["contact_id"], reward)
    contacts.keep_step(connection, contact["contact_id"], step=reward, post=post)
    return {"tip_id": tip_id, "reward": reward}


def _person(connection: sa.Connection, actor: Actor) -> str:
    """The post of an actor who is a person at a page; no command, no job and nobody of the public handles a contact."""
    if actor.account in {LOCAL.account, PUBLIC.account, SERVICE.account}:
        raise Forbidden("联系方式只能由线索岗位在网页上办理", kind="not_by_command")
    return posts.acting(connection, actor)


def _copy(connection: sa.Connection, sent: Mapping[str, Any]) -> contacts.Copy:
    holder = sent.get("holder")
    if set(sent) != {"holder", "post", "salt", "wrapped"} or type(holder) is not int or holder not in contacts.HOLDERS:
        raise Refused("密钥的格式不对", kind="bad_key")
    post = sent["post"]
    if not isinstance(post, str) or not posts.is_on_duty(connection, post):
        raise Refused(f"持有人要是在岗的岗位,没有“{str(post)[:40]}”", kind="no_post")
    salt, wrapped = _bytes(sent["salt"], contacts.SALT_BYTES), _bytes(sent["wrapped"], contacts.WRAPPED_BYTES)
    return contacts.Copy(holder=holder, post=post, salt=salt, wrapped=wrapped)


def _packed(copy: contacts.Copy) -> dict[str, Any]:
    return {"holder": copy.holder, "post": copy.post, "salt": _text(copy.salt), "wrapped": _text(copy.wrapped)}


def _bytes(text: object, length: int) -> bytes:
    try:
        told = base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise Refused("密钥的格式不对", kind="bad_key") from error
    if len(told) != length:
        raise Refused("密钥的格式不对", kind="bad_key")
    return told


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
