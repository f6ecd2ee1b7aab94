"""The gazetteer in the web process: loaded from what the worker stored, never built here."""

import logging
import threading

import sqlalchemy as sa

from app.core.answers import Answers, Version
from gis.errors import Unavailable
from layers import gazetteer
from layers.actor import SERVICE
from layers.database import transaction

logger = logging.getLogger(__name__)

NONE_YET = "地名索引还没有做好,稍后再查;由后台制作,导入或启动后约需半分钟"


class Places:
    """The newest stored gazetteer. Once there is one, nobody waits for the next: the former one answers meanwhile."""

    def __init__(self, engine: sa.Engine, answers: Answers) -> None:
        self._engine = engine
        self._answers = answers
        self._version: Version | None = None
        self._known: gazetteer.Known | None = None
        self._reading = threading.Lock()

    def known(self) -> gazetteer.Known | None:
        """What is known of the city's places; None before the first gazetteer is stored."""
        version = self._answers.versions().get("gazetteers")
        if version == self._version:
            return self._known
        if self._known is not None:
            if self._reading.acquire(blocking=False):
                threading.Thread(target=self._read_aside, args=(version,), daemon=True).start()
            return self._known
        with self._reading:
            if self._known is None and version != self._version:
                self._read(version)
            return self._known

    def _read_aside(self, version: Version | None) -> None:
        try:
            self._read(version)
        except (Unavailable, sa.exc.SQLAlchemyError) as error:
            logger.warning("the gazetteer could not be read: %s", type(error).__name__)
        finally:
            self._reading.release()

    def _read(self, version: Version | None) -> None:
        with transaction(self._engine, SERVICE) as connection:
            self._known = gazetteer.stored(connection)
        self._version = version
