"""Where the program is."""

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Iterator

VARIABLE = "HA_WECHATY_BIN"
NAME = "ha-wechaty"


def _places() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts"))
    user = "posix_user" if "posix_user" in sysconfig.get_scheme_names() else None
    if user:
        yield Path(sysconfig.get_path("scripts", scheme=user))
    # Installed with ``pip install --target``.
    yield Path(__file__).resolve().parent.parent / "bin"


def program() -> str:
    """The path of the program.

    Raises ``FileNotFoundError`` if it is nowhere, and says what to do.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not os.path.exists(named):
            raise FileNotFoundError(f"{VARIABLE} names {named}, where nothing is")
        return named
    for place in _places():
        if (place / NAME).is_file():
            return str(place / NAME)
    found = shutil.which(NAME)
    if found:
        return found
    raise FileNotFoundError(
        f"the program {NAME} is not installed beside this module: install the wheel of this system again, or name it in {VARIABLE}"
    )
