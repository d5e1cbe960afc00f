/**
 * What happens once a stock bot hears once, and what happens three times three times: whatever clocks accounts
 * have, whoever tells it again after a restart, and whoever was away meanwhile.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { puppet as pb } from 'wechaty-grpc'
import * as PUPPET from 'wechaty-puppet'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { selfOf, TEA } from '../src/world.js'

const CONTACT = 2
const { Message } = PUPPET.types

for (const [through, accounts] of [['account', ['north']], ['gateway', ['north']], ['gateway', undefined]]) {
  const name = through === 'account' ? 'direct' : `through the gateway, ${accounts?.length ?? 3} accounts`

  test(`${name}: a text that is said three times under the time of the first is heard three times`, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, { accounts, accountTls: 'off', botTls: 'off', through })
    const bot = await stage.openBot()
    const { wechat } = stage
    const timestamp = Date.now()
    for (let round = 0; round < 3; round++) {
      if (round > 0) await sleep(3_000)
      await wechat.sayInRoom('wxid_bob', TEA, { text: '1', timestamp })
      await wechat.sayTo('north', 'wxid_alice', { text: 'a', timestamp })
    }
    await wechat.sayInRoom('wxid_bob', TEA, 'enough')
    await bot.untilHeard('enough')
    await until(() => bot.heard('a').length === 3, { seen: () => bot.texts(), what: 'all of it is heard' })
    assert.deepEqual([bot.heard('1').length, bot.heard('a').length], [3, 3])
  })
}

test('through the gateway: what an account shows and tells again after a restart is heard once', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north', 'south'], accountTls: 'off', botTls: 'off' })
  const bot = await stage.openBot()
  const { wechat } = stage
  const north = wechat.account('north')
  const friendship = { contactId: 'wxid_stranger', hello: 'hi', id: 'f1', timestamp: Date.now(), type: 2 }
  const invitation = {
    avatar: '', id: 'i1', invitation: 'come', inviterId: 'wxid_alice', memberCount: 3, memberIdList: [], receiverId: north.self, timestamp: Date.now(), topic: 'New room',
  }
  const join = { inviteeIdList: ['wxid_stranger'], inviterId: 'wxid_alice', roomId: TEA, timestamp: Date.now() }
  await north.order('befriend', friendship)
  await north.order('invite', invitation)
  await wechat.emit('room-join', join)
  const said = { text: 'said before', timestamp: Date.now() }
  const id = await wechat.sayTo('north', 'wxid_alice', said)
  await bot.untilHeard('said before')
  await Promise.all(['friendship', 'room-invite', 'room-join'].map(event => bot.untilEvent(event)))
  await wechat.emit('room-join', join, ['north'])

  await north.kill()
  await wechat.restart('north')
  await wechat.untilWatched(['north'])
  await north.order('befriend', friendship)
  await north.order('invite', invitation)
  await wechat.emit('room-join', join, ['north'])
  await wechat.sayTo('north', 'wxid_alice', said)
  await wechat.sayTo('north', 'wxid_alice', { id, ...said })
  await north.order('befriend', { ...friendship, id: 'f2' })
  await wechat.sayTo('north', 'wxid_alice', 'enough')
  await bot.untilHeard('enough')
  await until(() => count(bot, 'friendship') === 2, { seen: () => bot.events, what: 'another friend request is heard' })
  assert.deepEqual(['room-invite', 'room-join', 'friendship'].map(event => count(bot, event)), [1, 1, 2])
  assert.equal(bot.heard('said before').length, 1)
})

test('through the gateway: what is dirty at three accounts is told once, and read by who knows it', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off' })
  const bot = await stage.openBot()
  const { wechat } = stage
  const dirty = []
  bot.puppet.on('dirty', ({ payloadId }) => dirty.push(payloadId))
  await bot.puppet.contactPayload('wxid_alice')
  for (const [round, first] of ['south', 'west', 'north'].entries()) {
    // The account that tells first is the only one that knows, for a moment.
    wechat.world.contacts.wxid_alice.name = `Alice ${round}`
    await wechat.account(first).order('see', { changedRooms: [], world: wechat.world })
    const rest = wechat.accounts.map(({ name }) => name).filter(name => name !== first)
    await wechat.emit('dirty', { payloadId: 'wxid_alice', payloadType: CONTACT }, [first])
    await until(() => dirty.length === round + 1, { seen: () => dirty, what: 'it is told' })
    assert.equal(await nameOf(bot, 'wxid_alice'), `Alice ${round}`)
    await Promise.all(rest.map(name => wechat.account(name).order('see', { changedRooms: [], world: wechat.world })))
    await wechat.emit('dirty', { payloadId: 'wxid_alice', payloadType: CONTACT }, rest)
    await wechat.sayTo('north', 'wxid_alice', `enough ${round}`)
    await bot.untilHeard(`enough ${round}`)
    assert.equal(dirty.length, round + 1, 'once')
  }
  // Whoever asks for it waits for it, and not in vain.
  for (let round = 0; round < 2; round++) {
    const begun = Date.now()
    await bot.puppet.contactPayloadDirty('wxid_alice')
    assert.ok(Date.now() - begun < 4_000, 'it need not wait for five seconds')
  }
})

test('through the gateway: what is said again is heard again, though nobody was there both times', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north', 'south'], accountTls: 'off', botTls: 'off', late: ['south'] })
  const bot = await stage.openBot()
  const { wechat } = stage
  const first = Date.now()
  await wechat.sayInRoom('wxid_bob', TEA, '在吗')
  await bot.untilHeard('在吗')
  await wechat.restart('south')
  await wechat.untilWatched(['south'])
  await wechat.account('north').kill()
  // As close to each other as clocks that count seconds can tell.
  await until(() => Date.now() - first > 5_000, { what: 'time passes' })
  await wechat.sayInRoom('wxid_bob', TEA, '在吗')
  await until(() => bot.heard('在吗').length === 2, { seen: () => bot.texts(), what: 'it is heard again' })
  // What south missed and shows late is no news.
  await wechat.account('south').order('receive', { ...wechat.letter({ text: '在吗', timestamp: first }), roomId: TEA, talkerId: 'wxid_bob' })
  await wechat.sayInRoom('wxid_bob', TEA, 'enough')
  await bot.untilHeard('enough')
  assert.equal(bot.heard('在吗').length, 2)
})

/** What one person says, as three accounts show it: texts, or whatever else their puppets differ in. */
const card = (title, key) => `<?xml version="1.0"?>\n<msg key="${key}"><appmsg><title>${title}</title></appmsg></msg>`
const SHOWN = {
  'marks composed or not': ['caf\u00e9', 'cafe\u0301', 'caf\u00e9'],
  'ends of lines': ['one\r\ntwo', 'one\ntwo', 'one\rtwo'],
  'space at the ends': ['ends\n', 'ends', ' ends '],
  'HTML or not': ['<b> & "c"', '&lt;b&gt; &amp; &quot;c&quot;', '<b> &amp; "c"'],
  'the space of a mention': ['@Bob\u2005look', '@Bob look', '@Bob\u00a0look'],
  'variation selectors': ['\u2764\ufe0f', '\u2764', '\u2764\ufe0e'],
  'half an emoji': ['half \ud83d', 'half \ufffd', 'half '],
  'emoji of the web': ['smile 😀 here', 'smile <span class="emoji emoji1f600"></span> here', 'smile 😀 here'],
  'cut or not': ['long '.repeat(600), 'long '.repeat(600).slice(0, 2_048), 'long '.repeat(600)],
  'an image in XML with keys of each account': [1, 2, 3].map(key => ({ type: Message.Image, text: `<msg aeskey="${key}"/>`, filename: `${key}.png` })),
  'names that puppets make up': [1, 2, 3].map(key => ({ type: Message.Video, text: '', filename: `${Math.random()}-${key}.mp4` })),
  'digests for names of attachments': ['8f14e45fceea167a5a36dedd4bea2543', 'c9f0f895fb98ab9159f51fd0297e236d', '45c48cce2e2d7fbdea1afc51c7c6ad26'].map(name => ({ type: Message.Attachment, text: '', filename: `${name}.bin` })),
  'an image or an emoticon': [Message.Image, Message.Emoticon, Message.Image].map(type => ({ type, text: '' })),
  'a link or an attachment': [Message.Url, Message.Attachment, Message.MiniProgram].map((type, key) => ({ type, text: card('News', key) })),
  'an attachment with and without XML': [{ type: Message.Attachment, text: '', filename: 'report.pdf' }, { type: Message.Attachment, text: card('report.pdf', 2), filename: '2.pdf' }, { type: Message.Attachment, text: card('report.pdf', 3), filename: 'report.pdf' }],
  'a red packet': [1, 2, 3].map(key => ({ type: Message.RedEnvelope, text: `<a id="${key}"/>best wishes` })),
}

test('through the gateway: what accounts show a little differently is heard once, and again when it is said again', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off' })
  const bot = await stage.openBot()
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'hello')
  await bot.untilHeard('hello')
  const heard = {}
  const due = {}
  for (const [what, shown] of Object.entries(SHOWN)) {
    heard[what] = []
    due[what] = [1, 1]
    for (const round of [1, 2]) {
      const before = bot.messages.length
      for (const [index, account] of stage.wechat.accounts.entries()) {
        const letter = typeof shown[index] === 'string' ? { text: shown[index] } : shown[index]
        await account.order('receive', { ...stage.wechat.letter(letter), roomId: TEA, talkerId: 'wxid_alice' })
      }
      heard[what].push(await heardSince(stage, bot, before, `${what} ${round}`))
    }
  }
  assert.deepEqual(heard, due)
  // What people tell apart is told apart.
  const before = bot.messages.length
  for (const account of stage.wechat.accounts) {
    for (const text of ['1', '１', '1 .', 'A', 'a', '😀', '😁']) {
      await account.order('receive', { ...stage.wechat.letter(text), roomId: TEA, talkerId: 'wxid_alice' })
    }
  }
  assert.equal(await heardSince(stage, bot, before, 'different'), 7)
})

test('through the gateway: a bot does not hear its own words once more as its teammates read them', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off' })
  const bot = await stage.openBot()
  let read = text => text
  for (const account of stage.wechat.accounts) {
    const order = account.order.bind(account)
    account.order = (name, it) => order(name, name === 'receive' && it.text && it.roomId ? { ...it, text: read(it.text) } : it)
  }
  const room = await bot.wechaty.Room.find({ id: TEA })
  const readings = {
    'trimmed': ['to be trimmed \n', text => text.trim()],
    'as HTML': ['a < b & c', text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')],
    'emoji of the web': ['smile 😀', text => text.replace(/😀/gu, '<span class="emoji emoji1f600"></span>')],
    'cut': ['x'.repeat(3_000), text => text.slice(0, 2_048)],
  }
  for (const [what, [text, reading]] of Object.entries(readings)) {
    read = reading
    const before = bot.messages.length
    await room.say(text)
    await room.say(text)
    const own = () => bot.messages.slice(before).filter(message => message.self())
    await until(() => own().length >= 2, { seen: () => bot.texts(), what: `it hears what it said, ${what}` })
    await until(() => stage.wechat.delivered(text).length === 2, { what: 'both are delivered' })
    assert.equal(await heardSince(stage, bot, before, what), 2, what)
  }
})

/** How much a bot has heard since then, once everything that accounts told before now is heard. */
async function heardSince (stage, bot, before, what) {
  const words = await Promise.all(stage.wechat.accounts.map(async account => {
    const text = `enough ${what} ${account.name}`
    await account.order('receive', { ...stage.wechat.letter(text), roomId: TEA, talkerId: 'wxid_alice' })
    await bot.untilHeard(text)
    return text
  }))
  return bot.texts().slice(before).filter(text => !words.includes(text)).length
}

/**
 * What the service says of a contact. A stock client may not: it deletes what it keeps on disk without waiting for that,
 * so whoever asks it at once may get the old from there, from one account without a gateway too.
 */
async function nameOf (bot, id) {
  const { client } = bot.puppet.grpcManager
  const request = new pb.ContactPayloadRequest()
  request.setId(id)
  return (await promisify(client.contactPayload.bind(client))(request)).getName()
}

const count = (bot, event) => bot.events.filter(({ name }) => name === event).length
