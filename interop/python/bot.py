"""The stock Python bot, driven by its parent process with JSON lines.

    python bot.py ENDPOINT TOKEN PORT [stays]

reads one request a line, ``{"number": 1, "call": "say", "arguments": {...}}``, and writes one line for
each answer, ``{"number": 1, "answer": ...}`` or ``{"number": 1, "error": "..."}``, and for each event,
``{"event": "message", ...}``. PORT is for the web service of its plugins, of which there are none. With ``stays``
it is run as docs/bots.md tells those who want it back soon after its gateway was away.
"""

import asyncio
import json
import os
import sys
import threading

# What the packages print must not mix with our lines.
LINES = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

# The default of a dataclass field must be hashable since Python 3.11; this one is not, before:
from wechaty_puppet.schemas.puppet import PuppetOptions

PuppetOptions.__hash__ = object.__hash__

from wechaty import Contact, FileBox, Message, Room, Wechaty, WechatyOptions


def tell(**line):
    print(json.dumps(line), file=LINES, flush=True)


class Bot(Wechaty):
    async def on_login(self, contact: Contact):
        tell(event="login", id=contact.contact_id)

    async def on_logout(self, contact: Contact):
        tell(event="logout", id=contact.contact_id)

    async def on_message(self, msg: Message):
        room = msg.room()
        tell(
            event="message",
            id=msg.message_id,
            text=msg.text(),
            talker=msg.talker().contact_id,
            talkerName=msg.talker().name,
            room=room.room_id if room else None,
            self=msg.is_self(),
            mentionsSelf=await msg.mention_self() if room else False,
            type=int(msg.type()),
        )

    async def on_room_join(self, room: Room, invitees, inviter: Contact, date):
        tell(event="room-join", room=room.room_id, people=[one.contact_id for one in invitees], at=date.timestamp())

    async def on_room_leave(self, room: Room, leavers, remover: Contact, date):
        tell(event="room-leave", room=room.room_id, people=[one.contact_id for one in leavers], at=date.timestamp())

    async def on_room_topic(self, room: Room, new_topic, old_topic, changer: Contact, date):
        tell(event="room-topic", room=room.room_id, new=new_topic, old=old_topic, at=date.timestamp())


class Calls:
    """What the parent may ask for, by name."""

    def __init__(self, bot: Bot):
        self.bot = bot

    def conversation(self, to):
        return self.bot.Room.load(to) if to.endswith("@chatroom") else self.bot.Contact.load(to)

    async def say(self, to, text, mentions=None):
        where = self.conversation(to)
        said = await (where.say(text, mention_ids=mentions) if isinstance(where, Room) else where.say(text))
        return said.message_id if said else None

    async def send_file(self, to, path):
        said = await self.conversation(to).say(FileBox.from_file(path))
        return said.message_id if said else None

    async def receive_file(self, message, path):
        box = await self.bot.Message.load(message).puppet.message_file(message)
        await box.to_file(path, overwrite=True)
        return box.name

    async def answer(self, message, text):
        msg = self.bot.Message.load(message)
        await msg.ready()
        said = await msg.say(text)
        return said.message_id if said else None

    async def get_alias(self, contact):
        return await self.bot.puppet.contact_alias(contact)

    async def set_alias(self, contact, alias):
        await self.bot.puppet.contact_alias(contact, alias)

    async def contact(self, contact):
        found = self.bot.Contact.load(contact)
        await found.ready(force_sync=True)
        return {"alias": found.payload.alias, "name": found.name, "self": found.is_self()}

    async def contacts(self):
        return [found.contact_id for found in await self.bot.Contact.find_all()]

    async def rooms(self):
        return [found.room_id for found in await self.bot.Room.find_all()]

    async def members(self, room):
        return await self.bot.puppet.room_members(room)

    async def topic(self, room):
        found = self.bot.Room.load(room)
        await found.ready()
        return await found.topic()

    async def set_topic(self, room, topic):
        await self.bot.puppet.room_topic(room, topic)

    async def announce(self, room, text=None):
        return await self.bot.puppet.room_announce(room, text)

    async def recall(self, message):
        return await self.bot.puppet.message_recall(message)

    async def forward(self, message, to):
        await self.bot.puppet.message_forward(to, message)

    async def user(self):
        return self.bot.user_self().contact_id


async def serve(bot: Bot, requests: asyncio.Queue):
    calls = Calls(bot)
    while True:
        request = await requests.get()
        try:
            answer = await getattr(calls, request["call"])(**request["arguments"])
            tell(number=request["number"], answer=answer)
        except Exception as error:
            tell(number=request["number"], error=f"{type(error).__name__}: {error}")


def read(requests: asyncio.Queue, loop):
    for line in sys.stdin:
        loop.call_soon_threadsafe(requests.put_nowait, json.loads(line))
    os._exit(0)


async def stay(bot: Bot):
    while True:
        try:
            await bot.init_puppet()
            await bot.init_puppet_event_bridge(bot.puppet)
            await bot.puppet.start()  # until its stream ends
        except Exception as error:
            print("the gateway is away:", repr(error))
        try:
            await bot.stop()
        except Exception:
            pass  # there is nobody to be told
        await asyncio.sleep(1)


async def main(endpoint, token, port, stays=None):
    options = WechatyOptions(port=int(port), puppet_options=PuppetOptions(token=token, end_point=endpoint))
    bot = Bot(options)
    requests = asyncio.Queue()
    threading.Thread(target=read, args=(requests, asyncio.get_running_loop()), daemon=True).start()
    asyncio.create_task(serve(bot, requests))
    await (stay(bot) if stays else bot.start())
    tell(event="ended")


asyncio.run(main(*sys.argv[1:]))
