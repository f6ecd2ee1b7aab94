"""The contact that comes with a tip: sealed by the sender's browser, or in plain from one without scripts.

What came in plain is sealed here and stored by nobody.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core import texts
from gis.errors import Refused
from layers import contacts

LONGEST_CONTACT = 200


@dataclass(frozen=True, kw_only=True)
class SentContact:
    """A contact as it comes in: in plain, or sealed to the desk's key of that number, in base64."""

    plain: str = ""
    desk_key: str = ""
    sealed: str = ""
    sealed_key: str = ""


def sent_contact(fields: object) -> SentContact | None:
    """The contact in what a page sends; None where there is none.

    Raises:
        Refused: it is of another kind.
    """
    if fields is None:
        return None
    names = SentContact.__dataclass_fields__
    if not isinstance(fields, Mapping) or not all(name in names and isinstance(fields[name], str) for name in fields):
        raise Refused("联系方式的格式不对", kind="bad_contact")
    contact = SentContact(**{name: value.strip() for name, value in fields.items()})
    return contact if contact.plain or contact.sealed else None


def desk_key(connection: sa.Connection) -> dict[str, Any] | None:
    """The number and, in base64, the public key that a page seals to; None where the desk has none yet."""
    key = contacts.newest_key(connection)
    if key is None:
        return None
    return {"desk_key": key["desk_key_id"], "public_key": base64.b64encode(key["public_key"]).decode()}


def keep_contact(connection: sa.Connection, tip_id: int, contact: SentContact, *, post: str) -> None:
    """Store the contact of a tip, sealed.

    Raises:
        Refused: it is too long or of another form, or the desk has no key to seal it to.
        NotFound: it is sealed to a key that the desk never had.
    """
    contacts.keep(connection, tip_id, _sealed(connection, contact), post=post)


def _sealed(connection: sa.Connection, contact: SentContact) -> contacts.Sealed:
    if contact.sealed:
        return _as_sealed(connection, contact)
    fault = texts.fault(contact.plain, "联系方式", most=LONGEST_CONTACT)
    text = b"" if fault else contact.plain.encode()
    if fault or len(text) >= contacts.PADDED_BYTES:
        raise Refused(fault or f"联系方式太长:最多 {LONGEST_CONTACT} 字", kind="bad_contact")
    key = contacts.newest_key(connection)
    if key is None:
        raise Refused("线索岗位还没有设置密钥,收不了联系方式;去掉它就能提交", kind="no_desk_key")
    return contacts.seal(key["desk_key_id"], bytes(key["public_key"]), text)


def _as_sealed(connection: sa.Connection, contact: SentContact) -> contacts.Sealed:
    """What a browser sealed, as far as anybody but the desk can tell."""
    sealed = _read(contact.sealed, contacts.SEALED_BYTES)
    sealed_key = _read(contact.sealed_key, contacts.SEALED_KEY_BYTES)
    desk_key_id = int(contact.desk_key) if re.fullmatch("[0-9]{1,18}", contact.desk_key) else 0
    contacts.public_key(connection, desk_key_id)
    return contacts.Sealed(desk_key_id=desk_key_id, sealed=sealed, sealed_key=sealed_key)


def _read(text: str, length: int) -> bytes:
    try:
        read = base64.b64decode(text, validate=True)
    except ValueError:
        read = b""
    if len(read) != length:
        raise Refused("联系方式没有封好,请刷新页面后再填一次", kind="bad_contact")
    return read
