/**
 * Puppets tell things that are not so: that a scan is asked for while they go on working, or that they have logged
 * out. What they show of WeChat counts for more: an account is never out for good because an event does not come.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { HEARTBEAT, TEA } from '../src/world.js'

/** Where each account stands, as people are told. */
async function standing (stage) {
  const { accounts } = await stage.gateway.status()
  return Object.fromEntries(accounts.map(account => [account.name, account]))
}

const untilAvailable = (stage, name, within = 10_000) => until(
  async () => (await standing(stage))[name].phase === 'available', { what: `${name} is available`, within })

const stray = (stage, status, name = 'north') =>
  stage.wechat.emit('scan', { qrcode: `https://login.invalid/${status}`, status }, [name])

for (const status of [1, 2, 3, 4, 5]) {
  test(`a team of one goes on after a stray scan of status ${status}`, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, { accounts: ['north'] })
    const bot = await stage.openBot()
    const room = await bot.wechaty.Room.find({ id: TEA })
    await stray(stage, status)
    await room.say('still here')
    await until(() => stage.wechat.delivered('still here').length === 1, { what: 'it is said', within: 5_000 })
    await stage.wechat.sayTo('north', 'wxid_bob', 'and you?')
    await bot.untilHeard('and you?', 5_000)
    await untilAvailable(stage, 'north')
    if (status === 3 || status === 4) assert.equal(bot.logouts.length, 0, 'that was no reason at all')
  })
}

test('a team of two goes on using one that told a stray scan, and loses nothing', { timeout: 90_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north', 'south'], team: ['burst = "0s"'] })
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  const texts = []
  for (const status of [2, 5, 2, 1, 2]) {
    await stray(stage, status)
    for (let n = 0; n < 4; n++) {
      const text = `after ${status}: ${texts.length}`
      texts.push(text)
      await room.say(text)
      await stage.wechat.sayTo('north', 'wxid_bob', `to north ${texts.length}`)
      await bot.untilHeard(`to north ${texts.length}`, 10_000)
    }
    await untilAvailable(stage, 'north')
  }
  const before = stage.wechat.ledger().filter(({ account, listenerId }) => account === 'north' && listenerId !== HEARTBEAT).length
  await until(async () => {
    await room.say('whose turn is it?')
    return stage.wechat.ledger().filter(({ account, listenerId }) => account === 'north' && listenerId !== HEARTBEAT).length > before
  }, { what: 'north gets work again', within: 20_000 })
  for (const text of texts) assert.equal(stage.wechat.delivered(text).length, 1, text)
  assert.equal(bot.logouts.length, 0, 'the bot was logged in all the time')
})

for (const accounts of [['north'], ['north', 'south', 'west']]) {
  test(`what was said just before all of ${accounts.length} told a stray scan is heard, and nobody is logged out`, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, { accounts })
    const bot = await stage.openBot()
    const texts = []
    for (let round = 0; round < 5; round++) {
      const said = [0, 1, 2].map(n => stage.wechat.sayInRoom('wxid_alice', TEA, texts[texts.push(`round ${round}: ${n}`) - 1]))
      await Promise.all(accounts.map(name => stray(stage, 2 + 3 * (round % 2), name)))
      await Promise.all(said)
      await Promise.all(accounts.map(name => untilAvailable(stage, name)))
      await until(() => texts.every(text => bot.heard(text).length === 1), { seen: () => bot.texts(), what: 'all of it is heard' })
    }
    assert.deepEqual([bot.logouts.length, bot.errors], [0, []])
  })
}

test('one that nobody answers is brought back by what people say', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north'], health: ['heartbeat_contact = ""'] })
  const bot = await stage.openBot()
  await stray(stage, 2)
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'good morning')
  await bot.untilHeard('good morning', 10_000)
  await untilAvailable(stage, 'north')
})

test('a login that was never told is found', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north'], health: ['ding_after = "1s"', 'fail_after = "2s"', 'jitter = 0.0'] })
  const bot = await stage.openBot()
  // The stock mock has no word for it: it goes on working after it has told a logout.
  await stage.wechat.emit('logout', { contactId: stage.wechat.account('north').self, data: 'stray' })
  await until(() => bot.logouts.length === 1, { what: 'the bot is logged out', within: 5_000 })
  await untilAvailable(stage, 'north')
  const room = await bot.wechaty.Room.find({ id: TEA })
  await until(() => bot.logins.length === 2, { what: 'the bot is logged in again', within: 10_000 })
  await room.say('here again')
  await until(() => stage.wechat.delivered('here again').length === 1, { what: 'it is said', within: 5_000 })
})

test('an outage has one beginning, however often it is dialled, and a quiet account one as well', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { accounts: ['north', 'south'], health: ['ding_after = "1s"', 'fail_after = "20s"', 'jitter = 0.0'] })
  await stage.openBot()
  await stage.wechat.account('south').kill()
  const began = Date.now()
  await until(async () => (await standing(stage)).south.repeats >= 5, { what: 'it was dialled five times', within: 20_000 })
  const { north, south } = await standing(stage)
  assert.equal(south.phase, 'offline')
  const gone = (Date.now() - began) / 1_000
  assert.ok(Math.abs(south.seconds - gone) < 2, `offline for ${south.seconds} of ${gone} seconds`)
  assert.match(south.text, /attempts? since/)
  assert.deepEqual(south.history.map(({ to }) => to), ['available', 'offline'])
  await until(() => stage.wechat.delivered('ding').filter(({ account }) => account === 'north').length >= 2,
    { what: 'north was asked twice', within: 10_000 })
  assert.equal(north.phase, 'available')
  assert.deepEqual((await standing(stage)).north.history.map(({ to }) => to), ['available'], 'to be asked is no step')
})
