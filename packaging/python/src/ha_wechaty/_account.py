"""The accounts of a team, and the gateway's configuration, as TOML."""

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence

# Reached, and not run: which generation of the protocol it speaks, the gateway finds out.
SERVICES = {"@juzi/wechaty-puppet-service": "wechaty-puppet-service"}
NAMES = re.compile(r"[a-z0-9-]{1,32}\Z")
# What is this package's: it would not find its gateway.
OURS = ("account", "admin.tls", "bot", "gateway.tls", "key", "name")


@dataclass(frozen=True)
class Account:
    """One account of a team.

    With a puppet service it has an ``endpoint``, or is found by its ``token``. Any other ``puppet`` of npm, or a folder with one, is run by the
    gateway, and is made with ``options`` besides its token.
    """

    token: Optional[str] = None
    endpoint: Optional[str] = None
    puppet: str = "wechaty-puppet-service"
    #: 1 to 32 of ``a-z``, ``0-9`` and ``-``; ids of messages have it in them. Without one it is the puppet's with a number.
    name: Optional[str] = None
    #: Whether its service speaks TLS: ``"community"``, ``"off"``, or a table; without one, as is usual for its puppet.
    tls: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Other keys of its ``[[account]]``, like ``weight``.
    more: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> Dict[str, Any]:
        """Its ``[[account]]``, under this name."""
        puppet = SERVICES.get(self.puppet, self.puppet)
        if puppet.startswith((".", "/")):
            # The gateway reads its configuration elsewhere.
            puppet = os.path.abspath(puppet)
        keys = {
            "name": name,
            "puppet": puppet,
            "token": self.token,
            "endpoint": self.endpoint,
            "tls": self.tls,
            "puppet_options": dict(self.options) or None,
            **self.more,
        }
        return {key: value for key, value in keys.items() if value is not None}


def named(accounts: Sequence[Account], names: Sequence[str] = ()) -> List[str]:
    """A name for each account, none of which the others have; the same ones whenever the accounts come in the same order."""
    given: List[str] = []
    for account in accounts:
        taken = set(names).union(given)
        if account.name is not None:
            if not NAMES.match(account.name):
                raise ValueError(f"an account can't be called {account.name!r}: write 1 to 32 of a-z, 0-9 and -")
            if account.name in taken:
                raise ValueError(f"two accounts are called {account.name}: give each a name of its own")
            given.append(account.name)
            continue
        plain = re.sub(r"^wechaty-puppet-", "", re.sub(r"@.*$", "", account.puppet.rstrip("/").split("/")[-1]))
        protocol = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:29] or "account"
        number = 1
        while f"{protocol}-{number}" in taken:
            number += 1
        given.append(f"{protocol}-{number}")
    return given


def configuration(keys: Mapping[str, Any], config: Mapping[str, Any], tables: Sequence["tuple[str, Mapping[str, Any]]"]) -> str:
    """A configuration of these keys, of those that the user sets, and of tables."""
    own = _flattened(config)
    for key in own:
        if any(key == ours or key.startswith(f"{ours}.") for ours in OURS):
            raise ValueError(f"config: {key} is set by this package itself, and can't be set here")
    lines = [_line(key, value) for key, value in {**keys, **own}.items() if value is not None]
    for table, values in tables:
        lines.append(f"[[{table}]]")
        lines.extend(_line(key, value) for key, value in values.items())
    return "\n".join(lines) + "\n"


def _flattened(config: Mapping[str, Any]) -> Dict[str, Any]:
    flat: Dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and "." not in key:
            flat.update({f"{key}.{inner}": of for inner, of in value.items()})
        else:
            flat[key] = value
    return flat


def _line(key: str, value: Any) -> str:
    return f"{'.'.join(_key(part) for part in key.split('.'))} = {_written(key, value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    # JSON's strings are TOML's, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _written(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        parts = (f"{_key(part)} = {_written(f'{key}.{part}', of)}" for part, of in value.items() if of is not None)
        return "{ " + ", ".join(parts) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_written(key, item) for item in value) + "]"
    raise TypeError(f"{key} is {value!r}, which can't be given to another process: leave it out")
