/**
 * A stock TypeScript bot as users write them: it answers what it hears without waiting for anything, in bursts, with
 * files, in several places at once. It writes down what it is given, what it asks for and what it is told of that, each
 * before it goes on. It is told what to do by the second and third word of what people say: `s17 brisk burst`.
 */
import '../quiet.js'

import { createHash } from 'node:crypto'
import { FileBox } from 'file-box'
import { WechatyBuilder } from 'wechaty'

import { BOT_OPTIONS } from '../bot.js'
import { Journal } from '../journal.js'
import { monotonic } from '../monotonic.js'
import { PLACES, STRANGER } from './places.js'

const { door, isPatient, name, notes, run } = JSON.parse(process.argv[2])
const journal = new Journal(notes)
const note = (what, details = {}) => journal.append({ at: monotonic(), what, ...details })
const tell = news => process.connected && process.send(news)

const bot = WechatyBuilder.build({
  puppet: 'wechaty-puppet-service',
  puppetOptions: { ...BOT_OPTIONS(door), ...isPatient && { timeoutSeconds: 7 } },
})

// ---- what it does ---------------------------------------------------------------------------------

let asked = 0
let underWay = 0
const places = {}
const placeOf = id => (places[id] ??= id.endsWith('@chatroom') ? bot.Room.load(id) : bot.Contact.load(id))

/** Asks for something, and waits for nothing. */
function ask (kind, where, details, doing) {
  const key = `${name}.${run}.${asked++}`
  note('asks', { key, kind, where, ...details })
  tell({ asks: kind })
  // A friendship may have to wait for days.
  const waits = kind === 'friend' ? 0 : 1
  underWay += waits
  // What throws at once is told as what is refused later.
  Promise.resolve().then(() => doing(key)).then(
    said => note('told', { id: said?.id, key, ok: true }),
    error => note('told', { code: error.code, error: String(error.message).slice(0, 200), key, ok: false }),
  ).finally(() => { underWay -= waits })
}

const say = where => ask('text', where, {}, key => placeOf(where).say(key))

/** Small ones travel inside the call, larger ones are uploaded first. */
function sendFile (where, size) {
  const bytes = Buffer.alloc(size, `${name}.${run}.${asked} `)
  const kind = size > 20 * 1024 ? 'upload' : 'file'
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  ask(kind, where, { sha256 }, key => placeOf(where).say(FileBox.fromBase64(bytes.toString('base64'), key)))
}

const DOES = {
  all: () => { for (const where of Object.keys(PLACES)) say(where) },
  befriend: () => ask('friend', STRANGER, {}, key => bot.Friendship.add(bot.Contact.load(STRANGER), { hello: key })),
  burst: where => { for (let part = 0; part < 8; part++) say(where) },
  echo: where => say(where),
  file: where => sendFile(where, 3_000),
  mixed: where => { say(where); sendFile(where, 9_000); say(where) },
  upload: where => sendFile(where, 400_000),
}

// ---- what it hears --------------------------------------------------------------------------------

async function read (message, key) {
  try {
    const bytes = await (await message.toFileBox()).toBuffer()
    note('read', { key, sha256: createHash('sha256').update(bytes).digest('hex') })
  } catch (error) {
    note('unread', { error: String(error.message).slice(0, 200), key })
  }
}

bot.on('message', message => {
  const { filename, id, text } = message.payload
  const key = filename || text
  note('heard', { id, key })
  if (message.self()) return
  if (filename) return read(message, key)
  const [, who, what] = text.split(' ')
  if (who === name) DOES[what](message.room()?.id ?? message.talker().id)
})
bot.on('error', () => {})

// ---- its life -------------------------------------------------------------------------------------

/** What it was given it has read, and written down, before it ends: how many payloads it waits for, and since when for none. */
let asking = 0
let lastGiven = 0
const QUIET = 300

/** What its owner does to it when the gateway was away. Asked again meanwhile, it is done once more. */
let isUp = false
let restarts = 0
let restarting = false
async function restart () {
  restarts++
  if (restarting) return
  restarting = true
  while (restarts > 0) {
    restarts = 0
    note('stops')
    await bot.stop().catch(error => note('odd', { error: String(error) }))
    note('stopped')
    await bot.start().catch(error => note('odd', { error: String(error) }))
    note('started')
  }
  restarting = false
}

process.on('message', ({ order }) => {
  if (order === 'restart' && isUp) restart()
  if (order === 'pending') tell({ pending: underWay })
  if (order === 'end') setInterval(() => asking === 0 && monotonic() - lastGiven > QUIET && process.exit(), 50)
})
process.on('disconnect', () => process.exit())
// A stock client throws where nobody can catch it if its connection breaks in the middle of a file.
process.on('uncaughtException', error => note('odd', { error: String(error) }))

note('born', { run })
await bot.init()
// What a message says has come: from then on it is the client's to tell its user.
const payloadOf = bot.puppet.messagePayload.bind(bot.puppet)
bot.puppet.messagePayload = async id => {
  asking++
  try {
    const payload = await payloadOf(id)
    note('took', { id, key: payload.filename || payload.text })
    return payload
  } finally {
    asking--
  }
}
bot.puppet.on('message', ({ messageId }) => {
  lastGiven = monotonic()
  note('given', { id: messageId })
})
// The first thing on each stream.
bot.puppet.on('ready', () => { note('stream'); tell({ stream: true }) })
await bot.start().catch(() => process.exit(1))
isUp = true
if (isPatient) {
  // As docs/bots.md has it. The client itself tries once.
  setInterval(() => {
    if (bot.state.active() && bot.puppet.state.inactive() === true) bot.puppet.start().catch(() => {})
  }, 1_000)
}
