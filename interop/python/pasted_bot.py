"""The Python bot of every tutorial, which is told nothing: what it needs stands in its environment, as the demo prints
it. PORT is for the web service of its plugins, of which there are none.

    python pasted_bot.py PORT
"""

import asyncio
import sys

# The default of a dataclass field must be hashable since Python 3.11; this one is not, before:
from wechaty_puppet.schemas.puppet import PuppetOptions

PuppetOptions.__hash__ = object.__hash__

from wechaty import Message, Wechaty, WechatyOptions


class Bot(Wechaty):
    async def on_message(self, msg: Message):
        if msg.text() == "ding":
            await msg.say("dong")


asyncio.run(Bot(WechatyOptions(port=int(sys.argv[1]))).start())
