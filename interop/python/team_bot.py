"""The stock Python bot around a team of its own: it answers ding, as one of the accounts that it is given.

    python team_bot.py ACCOUNTS PORT

ACCOUNTS is a list in JSON; PORT is for the web service of the bot's plugins, of which there are none.
"""

import asyncio
import json
import sys

# The default of a dataclass field must be hashable since Python 3.11; this one is not, before:
from wechaty_puppet.schemas.puppet import PuppetOptions

PuppetOptions.__hash__ = object.__hash__

import ha_wechaty
from wechaty import Message, Wechaty, WechatyOptions


class Bot(Wechaty):
    async def on_message(self, msg: Message):
        if msg.text().startswith("ding") and not msg.is_self():
            await msg.say(msg.text().replace("ding", "dong"))


accounts = [ha_wechaty.Account(**account) for account in json.loads(sys.argv[1])]
with ha_wechaty.Team(name="snakes", accounts=accounts) as team:
    team.ready(30)
    print(json.dumps({"accounts": team.accounts, "pid": team.status()["gateway"]["pid"]}), flush=True)
    options = PuppetOptions(token=team.token, end_point=team.endpoint)
    asyncio.run(Bot(WechatyOptions(port=int(sys.argv[2]), puppet_options=options)).start())
