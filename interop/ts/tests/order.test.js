/**
 * A stock bot that does not wait: what it says in a conversation arrives in the order in which it said it, and
 * what it asks is answered in the order in which it asked, as with one account.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FileBox } from 'file-box'

import { Bot } from '../src/bot.js'
import { Gateway } from '../src/gateway.js'
import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

const DOORS = [
  { accountTls: 'off', name: 'direct to an account', through: 'account' },
  { accountTls: 'off', botTls: 'off', latency: 4, name: 'through the gateway', through: 'gateway' },
]
const POLICIES = ['round-robin', 'random', 'least-load', 'sticky', 'failover']
/** A pace under which nothing waits for long. */
const BRISK = ['messages = "off"', 'per_conversation = "1000/1s"']

const numbered = (name, count) => Array.from({ length: count }, (_, n) => `${name} ${n}`)

/** What was delivered there, once it is as much as was said. */
async function delivered (wechat, conversation, count) {
  const texts = () => wechat.inOrder(conversation).map(({ text }) => text)
  await until(() => texts().length >= count, { seen: () => texts().length, what: `${count} messages at ${conversation}` })
  return texts()
}

/** The client asks who somebody is when it first hears of him, and hears what comes meanwhile in any order. */
async function warm (bot, wechat) {
  await wechat.sayInRoom('wxid_alice', TEA, 'hello')
  await bot.untilHeard('hello')
}

for (const { name, ...door } of DOORS) {
  test(`${name}: what is said without waiting comes in order`, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { wechat } = stage
    const bot = await stage.openBot()
    const tea = await bot.wechaty.Room.find({ id: TEA })

    const bursts = Array.from({ length: 15 }, (_, n) => ['one', 'two', 'three'].map(word => `${word} of ${n}`))
    for (const burst of bursts) await Promise.all(burst.map(text => tea.say(text)))
    assert.deepEqual(await delivered(wechat, TEA, 45), bursts.flat())

    const [there, here] = [numbered('there', 20), numbered('here', 20)]
    await Promise.all(there.flatMap((text, n) => [
      bot.puppet.messageSendText(TEA, text), bot.puppet.messageSendText('wxid_alice', here[n]),
    ]))
    assert.deepEqual((await delivered(wechat, TEA, 65)).slice(45), there)
    assert.deepEqual(await delivered(wechat, 'wxid_alice', 20), here)
  })

  test(`${name}: what is asked without waiting is answered in order`, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { wechat } = stage
    const bot = await stage.openBot()

    const dings = numbered('ding', 30)
    dings.forEach(data => bot.puppet.ding(data))
    const dongs = () => bot.events.filter(event => event.name === 'dong').map(({ details }) => details[0])
    await until(() => dongs().length >= 30, { what: 'all dongs' })
    assert.deepEqual(dongs(), dings)

    await warm(bot, wechat)
    const said = ['hello', ...numbered('live', 60)]
    for (const text of said.slice(1)) await wechat.sayInRoom('wxid_alice', TEA, text)
    await until(() => bot.messages.length === said.length, { what: 'all of it is heard' })
    assert.deepEqual(bot.texts(), said)

    const ids = bot.messages.map(({ id }) => id)
    for (const id of ids) await bot.puppet.messagePayloadDirty(id)
    const answered = []
    await Promise.all(ids.map(async id => answered.push((await bot.puppet.messagePayload(id)).id)))
    assert.deepEqual(answered, ids)
  })
}

for (const { name, ...door } of DOORS) {
  test(`${name}: what is said while a film is on its way need not wait for it`, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { wechat } = stage
    const bot = await stage.openBot()
    const tea = await bot.wechaty.Room.find({ id: TEA })
    const slow = value => Promise.all(wechat.accounts.map(account => account.order('ail', { slow: value })))
    await slow(true)
    const film = tea.say(FileBox.fromBuffer(Buffer.alloc(100_000), 'film.mp4'))
    const texts = numbered('meanwhile', 3)
    const said = Promise.all(texts.map(text => tea.say(text)))
    assert.deepEqual(await delivered(wechat, TEA, 3), texts)
    await slow(false)
    await Promise.all([film, said])
    await until(() => wechat.inOrder(TEA).length === 4, { what: 'the film is there too' })
    assert.equal(new Set(wechat.ledger().map(({ account }) => account)).size, 1, 'one speaker')
    assert.deepEqual(bot.errors, [])
  })
}

test('a backlog is heard in order, whatever its messages weigh', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off' })
  const { wechat } = stage
  const bot = await stage.openBot()
  await warm(bot, wechat)

  const small = numbered('small', 330)
  const mixed = numbered('mixed', 30).map((text, n) => n % 3 === 0 ? text + '.'.repeat(90_000) : text)
  for (const said of [small.slice(0, 30), mixed, small.slice(30)]) {
    await bot.wechaty.stop()
    await until(async () => (await stage.gateway.status()).bots[0].streams.length === 0, { what: 'its stream has ended' })
    bot.messages.length = 0
    for (const text of said) await wechat.sayInRoom('wxid_alice', TEA, text)
    await bot.wechaty.start()
    await until(() => bot.messages.length >= said.length, { seen: () => bot.messages.length, what: 'all of it is heard' })
    assert.deepEqual(bot.texts().map(text => text.slice(0, 12)), said.map(text => text.slice(0, 12)))
  }
})

test('whatever the policy, and with pace or without, a conversation keeps its order', { timeout: 180_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off', latency: 4 })
  const { wechat } = stage
  await stage.gateway.close()
  for (const [index, policy] of POLICIES.entries()) {
    const pace = index % 2 === 0 ? BRISK : ['enabled = false']
    const gateway = await Gateway.open({ accounts: wechat.accounts, pace, team: [`policy = "${policy}"`, 'burst = "0s"'], tls: 'off' })
    t.after(() => gateway.close())
    await wechat.untilWatched()
    const bot = await Bot.open(gateway.door)
    t.after(() => bot.close())
    const said = numbered(policy, 20)
    const before = wechat.inOrder(TEA).length
    await Promise.all(said.map(text => bot.puppet.messageSendText(TEA, text)))
    const messages = wechat.inOrder(TEA).slice(before)
    assert.deepEqual(messages.map(({ text }) => text), said)
    const speakers = new Set(messages.map(({ account }) => account))
    t.diagnostic(`${policy}: ${[...speakers].join(', ')}`)
    if (policy === 'round-robin') assert.equal(speakers.size, 3)
    await bot.close()
    await gateway.close()
  }
})

test('an answer of several parts in a room comes from one account, and the next answer from the next', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accountTls: 'off', botTls: 'off', pace: BRISK, team: ['burst = "1s"'] })
  const bot = await stage.openBot()
  const tea = await bot.wechaty.Room.find({ id: TEA })
  const speakers = []
  for (let answer = 0; answer < 3; answer++) {
    for (let part = 0; part < 4; part++) await tea.say(`answer ${answer}, part ${part}`)
    const parts = stage.wechat.inOrder(TEA).slice(-4).map(({ account }) => account)
    assert.deepEqual(parts, Array(4).fill(parts[0]))
    speakers.push(parts[0])
    // Not a wait for something: a burst ends with a pause.
    await new Promise(resolve => setTimeout(resolve, 1_100))
  }
  assert.deepEqual(new Set(speakers).size, 3, speakers.join())
})
