"""The actor: a parameter of every workflow and job, and a setting of each database transaction."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

#: The posts of those who choose none: whoever types commands on the machine, and whoever fills in the public form.
NO_POST, PUBLIC_POST = "本机值班", "公众网页"
#: The scope of whoever sees no place at all; and how the database is told of the whole city.
NOWHERE, WHOLE_CITY = "!", "*"
_BEGINNING = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Actor:
    """An account, the post in whose name it acts, the area it acts for, and the sign-in it came by.

    ``post`` is "" where none is chosen; ``scope`` is what the codes of its areas begin with, "" for the whole city;
    ``sign_in`` identifies the session without being its secret, "" for commands and for the service itself. ``agency``
    is the one it belongs to, "" where it speaks for none.
    """

    account: str
    post: str = ""
    scope: str = ""
    sign_in: str = ""
    agency: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the queue holds of an actor; ``from_json`` reads it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, str]) -> "Actor":
        """The actor that ``to_json`` wrote; one of whom no scope is written sees no place."""
        return cls(**{"scope": NOWHERE, **fields})

    def settings(self) -> dict[str, str]:
        """What a transaction hands over: a scope that is neither the whole city nor the beginning of a code is none."""
        known = self.scope if _BEGINNING.fullmatch(self.scope) else NOWHERE
        return dataclasses.asdict(self) | {"scope": known if self.scope else WHOLE_CITY}

    def computing(self) -> "Actor":
        """The service itself, with the city's scope, at work for this actor: scope cuts what is shown, not computed."""
        return dataclasses.replace(SERVICE, post=self.post, sign_in=self.sign_in)

    def at(self, post: str) -> "Actor":
        """The same actor in the name of that post."""
        return dataclasses.replace(self, post=post)


#: Whoever types a command on the machine itself.
LOCAL = Actor(account="本机", post=NO_POST)
#: Whoever fills in the public form, not signed in.
PUBLIC = Actor(account="公众", post=PUBLIC_POST, scope=NOWHERE)
#: What the service does by itself: it watches, migrates, makes the gazetteer, and looks after its health.
SERVICE = Actor(account="服务")
