/**
 * A room mentions the bot by the name of any account of the team: by its name, or by what it is called in the
 * room; and a stock bot finds itself mentioned, by the one name that it knows, with the rest of the text left.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { selfOf, TEA } from '../src/world.js'

/** What parts a mention from what follows in WeChat's own clients. */
const SEPARATOR = '\u2005'

/** One name is the beginning of another, one has a space, one is Chinese. */
const NAMES = { north: 'Bot', south: 'Bot b', west: '小助手' }

const CASES = [
  { name: 'by their names', aliases: {} },
  { name: 'by their names in the room', aliases: { north: '茶 A', south: 'Tea (b)', west: '茶' } },
  { name: 'by a name in the room, where only some have one', aliases: { south: 'Bot of Tea' } },
]

for (const through of ['account', 'gateway']) {
  for (const { aliases, name } of CASES) {
    test(`${through === 'account' ? 'direct' : 'through the gateway'}: the team is mentioned ${name}`, { timeout: 90_000 }, async t => {
      const stage = await open(t, through, aliases)
      const { wechat } = stage
      const bot = await stage.openBot()
      const answered = answerDing(bot.wechaty)
      let round = 0
      for (const account of wechat.accounts) {
        for (const separator of [SEPARATOR, ' ']) {
          const called = aliases[account.name] ?? NAMES[account.name]
          await wechat.sayInRoom('wxid_bob', TEA, { mentionIdList: [account.self], text: `@${called}${separator}ding` })
          round += 1
          await until(() => answered.length === round, { seen: () => [bot.texts(), answered], what: `@${called} is answered` })
        }
      }
      const last = wechat.accounts.at(-1)
      const called = aliases[last.name] ?? NAMES[last.name]
      await wechat.sayInRoom('wxid_bob', TEA, { mentionIdList: [last.self, 'wxid_alice'], text: `hello @Alice${SEPARATOR}and @${called}` })
      const both = await bot.untilHeard(`hello @Alice${SEPARATOR}and @${await nameOf(bot)}`)
      assert.equal(await both.mentionText(), 'hello and')
      assert.deepEqual((await both.mentionList()).map(({ id }) => id), [stage.self, 'wxid_alice'])
    })
  }
}

test('through the gateway: several of the team are mentioned at once, and are one', { timeout: 90_000 }, async t => {
  const stage = await open(t, 'gateway', {})
  const bot = await stage.openBot()
  const answered = answerDing(bot.wechaty)
  await stage.wechat.sayInRoom('wxid_bob', TEA, {
    mentionIdList: [selfOf('south'), selfOf('west')], text: `@${NAMES.south}${SEPARATOR}@${NAMES.west}${SEPARATOR}ding`,
  })
  await until(() => answered.length === 1, { seen: () => bot.texts(), what: 'it is answered' })
})

test('through the gateway: whoever is not mentioned keeps the name that begins like one of the team', { timeout: 90_000 }, async t => {
  const stage = await open(t, 'gateway', {}, world => { world.contacts.wxid_alice.name = 'Bot bee' })
  const bot = await stage.openBot()
  const text = `@Bot bee${SEPARATOR}hi @Bot b${SEPARATOR}`
  await stage.wechat.sayInRoom('wxid_bob', TEA, { mentionIdList: ['wxid_alice', selfOf('south')], text })
  const heard = await bot.untilHeard(`@Bot bee${SEPARATOR}hi @Bot${SEPARATOR}`)
  assert.equal(await heard.mentionText(), 'hi')
  // A text that says the name and mentions nobody stays as it was said.
  await stage.wechat.sayInRoom('wxid_bob', TEA, 'I asked @Bot b about it')
  const about = await bot.untilHeard('I asked @Bot b about it')
  assert.equal(await about.mentionSelf(), false)
})

test('through the gateway: a bot that mentions itself mentions whoever says it, and hears what it said', { timeout: 90_000 }, async t => {
  const stage = await open(t, 'gateway', { west: '茶' })
  const { wechat } = stage
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  const self = await bot.wechaty.Contact.find({ id: stage.self })
  const called = { ...NAMES, west: '茶' }
  const TEXTS = 9
  for (let round = 0; round < TEXTS; round++) {
    await room.say(`and ${round}`, self)
  }
  const said = wechat.ledger().filter(({ text }) => text.includes('and '))
  assert.equal(said.length, TEXTS)
  for (const { account, mentionIdList, text } of said) {
    assert.match(text, new RegExp(`^@${called[account]}[ ${SEPARATOR}]and`), account)
    assert.deepEqual(mentionIdList, [selfOf(account)])
  }
  const own = () => bot.messages.filter(message => message.self())
  await until(() => own().length === TEXTS, { seen: () => bot.texts(), what: 'it hears what it said' })
  for (const message of own()) {
    assert.match(message.text(), new RegExp(`^@Bot[ ${SEPARATOR}]and`))
    assert.match(await message.mentionText(), /^and \d$/)
  }
  await wechat.sayInRoom('wxid_bob', TEA, 'enough')
  await bot.untilHeard('enough')
  assert.equal(own().length, TEXTS, 'teammates that saw it are no strangers')
})

test('through the gateway: an account gets another name', { timeout: 90_000 }, async t => {
  const stage = await open(t, 'gateway', {})
  const { wechat } = stage
  const bot = await stage.openBot()
  const answered = answerDing(bot.wechaty)
  const ding = async (name, id) => {
    await wechat.sayInRoom('wxid_bob', TEA, { mentionIdList: [id], text: `@${name}${SEPARATOR}ding` })
    const due = answered.length + 1
    await until(() => answered.length === due, { seen: () => bot.texts(), what: `@${name} is answered` })
  }
  await ding(NAMES.south, selfOf('south'))
  wechat.world.contacts[selfOf('south')].name = '别的名字'
  wechat.world.rooms[TEA].roomAlias[selfOf('north')] = '茶 A'
  await see(wechat)
  await wechat.emit('dirty', { payloadId: selfOf('south'), payloadType: 2 })
  await ding('别的名字', selfOf('south'))
  await ding('茶 A', selfOf('north'))
})

/** As the stock plugin of that name does it when it is told to listen to mentions only. */
function answerDing (wechaty) {
  const answered = []
  wechaty.on('message', async message => {
    if (message.self() || !message.room() || !await message.mentionSelf()) return
    if (await message.mentionText() === 'ding') answered.push(message.id)
  })
  return answered
}

async function nameOf (bot) {
  const room = await bot.wechaty.Room.find({ id: TEA })
  return await room.alias(bot.wechaty.currentUser) || bot.wechaty.currentUser.name()
}

async function open (t, through, aliases, change = () => {}) {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off', through })
  const { world } = stage.wechat
  for (const { name, self } of stage.wechat.accounts) {
    world.contacts[self].name = NAMES[name]
    if (aliases[name]) world.rooms[TEA].roomAlias[self] = aliases[name]
  }
  change(world)
  await see(stage.wechat)
  return stage
}

async function see (wechat) {
  await Promise.all(wechat.accounts.map(account => account.order('see', { changedRooms: [TEA], world: wechat.world })))
}
