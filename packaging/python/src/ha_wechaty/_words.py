"""What the gateway says of itself."""

import logging
import re
import threading
from collections import deque
from typing import IO, Deque, Optional, Tuple

LOGGED = re.compile(r"\S+Z\s+(ERROR|WARN|INFO|DEBUG|TRACE) (.*)")
LEVELS = {"ERROR": logging.ERROR, "WARN": logging.WARNING, "INFO": logging.INFO, "DEBUG": logging.DEBUG, "TRACE": logging.DEBUG}
# So many of its last words are kept.
KEPT = 40

log = logging.getLogger("ha_wechaty")


class GatewayError(Exception):
    """The gateway can't do what it should; the message is in its own words."""


class Words:
    """Its last words, from which it is told why it ended; its log goes to Python's, as ``ha_wechaty``."""

    def __init__(self, stream: IO[str]) -> None:
        self._last: Deque[Tuple[Optional[str], str]] = deque(maxlen=KEPT)
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            logged = LOGGED.match(line)
            if logged:
                level, text = logged.groups()
                self._last.append((level, text))
                log.log(LEVELS[level], "%s", text)
            else:
                self._last.append((None, line.rstrip("\n")))

    def last(self) -> str:
        """What it said last outside of its log, else the last error in it, else its last line; after its end."""
        self._reader.join(timeout=1)
        words = list(self._last)
        plain = [text for level, text in words if level is None]
        if plain:
            return "\n".join(plain)
        errors = [text for level, text in words if level == "ERROR"]
        return (errors or [text for _, text in words] or ["it said nothing"])[-1]
