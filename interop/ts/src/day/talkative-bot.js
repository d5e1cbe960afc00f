/**
 * A stock TypeScript bot that does what real bots do: it waits for nothing where it can help it, answers in several
 * parts, says one thing in several places at once, accepts who asks. It tells its parent what it hears
 * (`{ heard }`, later `{ more }` on the same) and does what it is told: `reset`, `stop`, `start`. It is made of the community's
 * packages, or of the fork's.
 */
import '../quiet.js'

import { createHash } from 'node:crypto'
import { FileBox } from 'file-box'

import { BOT_OPTIONS } from '../door.js'
import { PERSONS, ROOM_IDS } from './places.js'

const options = BOT_OPTIONS(JSON.parse(process.argv[2]))
const { bot, types: { Message } } = process.argv[3] === 'juzi' ? await ofTheFork() : await ofTheCommunity()

async function ofTheCommunity () {
  const [{ types }, { WechatyBuilder }] = await Promise.all([import('wechaty-puppet'), import('wechaty')])
  return { bot: WechatyBuilder.build({ puppet: 'wechaty-puppet-service', puppetOptions: options }), types }
}

async function ofTheFork () {
  const [{ types }, { WechatyBuilder }] = await Promise.all([import('@juzi/wechaty-puppet'), import('@juzi/wechaty')])
  return { bot: WechatyBuilder.build({ puppet: '@juzi/wechaty-puppet-service', puppetOptions: options }), types }
}

/** All that is still under way: what it says, and what it looks up for that. */
const pending = new Set()
const underWay = promise => {
  const settled = promise.catch(error => tell({ failed: error.message })).finally(() => pending.delete(settled))
  pending.add(settled)
}
const tell = news => process.connected && process.send(news)

let number = 0
/** Tells what it heard in the order in which it heard it, and details as they come. */
function hear (heard, ...details) {
  const id = ++number
  tell({ heard, id })
  for (const detail of details) underWay(detail().then(more => tell({ id, more })))
}

// ---- what it is asked, by the first word ----------------------------------------------------------

const REQUESTS = {
  bell: async (message, [number]) => {
    while (pending.size > 0) await Promise.race(pending)
    await message.say(`rung ${number}`)
  },
  parts: (message, [name, count]) => parts(message, `${name}`, Number(count)),
  everywhere: async (_message, [name]) => {
    for (const where of [...Object.values(ROOM_IDS), ...Object.values(PERSONS)]) {
      const place = where.endsWith('@chatroom') ? bot.Room.load(where) : bot.Contact.load(where)
      underWay(parts(place, `to all ${name}`, 2))
    }
  },
  mention: async (message, [whom]) => {
    const place = message.room()
    await place.say('listen', whom === 'me' ? message.talker() : bot.currentUser)
  },
  half: message => Promise.all([message.say('half \ud83d mine'), message.say('\ude00')]),
  long: message => message.say(message.text()),
  much: (message, [name, length]) => message.say(`${name} ${'多'.repeat(Number(length))}`),
  file: async (message, [size, name]) => {
    await message.say(`here is ${name}`)
    await message.say(FileBox.fromBase64(Buffer.alloc(Number(size), name).toString('base64'), name))
    await message.say('that was it')
  },
  cards: async message => {
    const said = [
      'cards', bot.Contact.load('wxid_bob'), new bot.UrlLink({ title: 'Tea', url: 'https://tea.invalid/' }), 'between',
      new bot.MiniProgram({ appid: 'wx1', title: 'Brewer', username: 'gh_brewer' }), 'the last',
    ]
    for (const sayable of said) underWay(message.say(sayable))
    // Nobody can make a location by way of the stock library.
    const where = message.payload.roomId || message.payload.talkerId
    underWay(bot.puppet.messageSendLocation(where, { accuracy: 1, address: 'here', latitude: 1, longitude: 2, name: 'there' }))
  },
  recall: async message => {
    const said = await message.say('I take that back')
    await said.recall()
    await message.say('taken back')
  },
  // Without `sync` the stock client reads what it has just been told is stale from its own cache, now and then.
  'topic?': async message => {
    await message.room().sync()
    await message.say(`topic is ${await message.room().topic()}`)
  },
  topic: async (message, words) => message.room().topic(words.join(' ')),
  announce: async (message, words) => message.room().announce(words.join(' ')),
  'alias?': async message => {
    await message.room().sync()
    await message.say(`alias is ${await message.room().alias(message.talker())}`)
  },
  'who?': async message => {
    await message.room().sync()
    const members = await message.room().memberAll()
    await message.say(`here: ${members.map(one => one.self() ? 'me' : one.name()).sort().join()}`)
  },
  add: async (message, [id]) => message.room().add(await bot.Contact.find({ id })),
  del: async (message, [id]) => message.room().remove(await bot.Contact.find({ id })),
}

/** All at once, as a bot does that has forgotten `await`. */
function parts (place, name, count) {
  return Promise.all(Array.from({ length: count }, (_, part) => place.say(`${name}: ${part + 1}/${count}`)))
}

async function dingDong (message) {
  if (await message.mentionSelf() && await message.mentionText() === 'ding') await message.say('dong')
}

function answer (message) {
  if (message.self()) return
  if (/^pass/.test(message.text() || message.payload.filename)) {
    for (const place of [bot.Contact.load(PERSONS.bob), bot.Room.load(ROOM_IDS.tea)]) underWay(message.forward(place))
    return
  }
  if (message.type() !== Message.Text) return
  const [word, ...words] = message.text().split(' ')
  if (Object.hasOwn(REQUESTS, word)) {
    const answering = Promise.resolve().then(() => REQUESTS[word](message, words))
    if (word !== 'bell') underWay(answering)
    else answering.catch(error => tell({ failed: error.message }))
  } else if (message.room()) underWay(dingDong(message))
}

// ---- what it hears --------------------------------------------------------------------------------

const ids = contacts => contacts.map(one => one.id)

bot.on('message', message => {
  const { listenerId, roomId, talkerId, text, type } = message.payload
  const heard = { id: message.id, kind: 'message', self: message.self(), talkerId, text: type === Message.Recalled ? undefined : text, type }
  const where = roomId || (message.self() ? listenerId : talkerId)
  hear({ ...heard, where }, ...LOOKS[type] && !message.self() ? [() => LOOKS[type](message)] : [])
  answer(message)
})

/** What a bot looks up in a message of a type that others say. */
const LOOKS = {
  [Message.Attachment]: message => lookInto(message),
  [Message.Image]: message => lookInto(message),
  [Message.Contact]: async message => ({ contact: (await message.toContact()).id }),
  [Message.Url]: async message => ({ url: (await message.toUrlLink()).payload }),
  [Message.MiniProgram]: async message => ({ miniProgram: (await message.toMiniProgram()).payload }),
  // As above.
  [Message.Location]: async message => ({ location: await bot.puppet.messageLocation(message.id) }),
  [Message.Recalled]: async message => ({ recalled: (await message.toRecalled())?.text() }),
  [Message.Text]: async message => ({
    mentionIds: ids(await message.mentionList()), mentionSelf: await message.mentionSelf(), mentionText: await message.mentionText(),
  }),
}

async function lookInto (message) {
  const box = await message.toFileBox()
  return { name: box.name, sha256: createHash('sha256').update(await box.toBuffer()).digest('hex') }
}

bot.on('room-join', (room, who, by) => hear({ by: by.id, kind: 'room-join', where: room.id, who: ids(who) }))
bot.on('room-leave', (room, who, by) => hear({ by: by.id, kind: 'room-leave', where: room.id, who: ids(who) }))
bot.on('room-topic', (room, topic, old, by) => hear({ by: by.id, kind: 'room-topic', old, topic, where: room.id }))
bot.on('friendship', friendship => {
  hear({ hello: friendship.hello(), kind: 'friendship', type: friendship.type(), where: friendship.contact().id })
  underWay(friendship.accept().then(() => friendship.contact().say('hello, new friend')))
})
bot.on('room-invite', invitation => {
  hear({ kind: 'room-invite', where: 'invitations' }, async () => ({
    by: (await invitation.inviter()).id, topic: await invitation.topic(),
  }))
  underWay(invitation.accept())
})
bot.on('login', user => tell({ login: user.id }))
bot.on('error', error => tell({ error: error.message }))

// ---- what it is told ------------------------------------------------------------------------------

const ORDERS = { reset: () => bot.reset('so'), start: () => bot.start(), stop: () => bot.stop() }
process.on('message', async ({ number, order }) => {
  try {
    await ORDERS[order]()
    tell({ done: number })
  } catch (error) {
    tell({ done: number, error: error.message })
  }
})
process.on('disconnect', () => process.exit())
await bot.init()
// The order on the stream, and odd events before the bot's own library takes offence at them.
for (const name of ['message', 'room-join', 'room-leave', 'room-topic']) bot.puppet.on(name, payload => tell({ payload, raw: name }))
await bot.start()
