/**
 * Accounts, bots and the gateway die and come back. A bot notices neither a dead account nor its return;
 * what it says goes out by another account; a bot or gateway that was started again goes on.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { BotProcess } from '../src/bot-process.js'
import { Stage } from '../src/stage.js'
import { isTagged } from '../src/transcript.js'
import { until } from '../src/until.js'
import { NORTH_ONLY, selfOf, TEA } from '../src/world.js'

/** An account that went away is tried again after at most so long, here: it was away for seconds. */
const BACK_WITHIN = 30_000

test('an account is killed while the bot sends, and comes back', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { latency: 4 })
  const { wechat } = stage
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })

  const SENDS = 300
  const IN_FLIGHT = 4
  const outcomes = new Map()
  let next = 0
  const killed = []
  const sender = async () => {
    while (next < SENDS) {
      const text = `send ${next++}`
      const started = performance.now()
      if (text === 'send 100') killed.push(wechat.account('north').kill().then(() => performance.now()))
      try {
        const said = await room.say(text)
        outcomes.set(text, { ok: Boolean(said), ended: performance.now(), started })
      } catch (error) {
        outcomes.set(text, { ended: performance.now(), error, started })
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender))
  await Promise.all(killed)

  await t.test('each send was delivered once, or ended in an error', () => {
    assert.equal(outcomes.size, SENDS)
    for (const [text, { error, ok }] of outcomes) {
      const times = wechat.delivered(text).length
      if (error) assert.ok(times <= 1, `${text}: ${times} times`)
      else assert.deepEqual([ok, times], [true, 1], text)
    }
  })
  await t.test('errors only where nobody can know whether the dead account had sent', () => {
    const errors = [...outcomes.values()].filter(({ error }) => error)
    t.diagnostic(`${SENDS - errors.length} ok, ${errors.length} errors: ${errors.map(({ error }) => error.message).join(' | ')}`)
    assert.ok(errors.length <= IN_FLIGHT, `${errors.length} errors`)
  })
  await t.test('the bot was not told', () => {
    assert.deepEqual([bot.logins, bot.logouts], [[stage.self], []])
  })
  await t.test('what only the dead account could do fails, and says why', async () => {
    await assert.rejects(bot.puppet.messageSendText(NORTH_ONLY, 'nobody can say this'), error => {
      assert.match(error.message, /north/, 'it names who is down')
      return true
    })
    assert.equal(wechat.delivered('nobody can say this').length, 0)
  })
  await t.test('the account is back, and gets work again', async () => {
    const before = wechat.account('north').ledger().length
    await wechat.restart('north')
    await wechat.untilWatched(['north'])
    let round = 0
    await until(async () => {
      await room.say(`welcome back ${round++}`)
      return wechat.account('north').ledger().length > before
    }, { what: 'north speaks again', within: BACK_WITHIN })
    assert.deepEqual([bot.logins, bot.logouts], [[stage.self], []])
  })
  await t.test('what it heard before it died can still be asked for', async () => {
    const [{ id }] = wechat.account('north').ledger()
    const payload = await bot.puppet.messagePayload(`${id}~north`)
    assert.equal(payload.talkerId, stage.self)
  })
})

test('an account refuses, and a teammate does it', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t)
  const { wechat } = stage
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  await wechat.account('south').order('refuse', ['操作过于频繁', '操作过于频繁'])
  for (let round = 0; round < 12; round++) {
    assert.ok(await room.say(`round ${round}`))
    assert.equal(wechat.delivered(`round ${round}`).length, 1)
  }
  assert.deepEqual(bot.errors, [])
})

test('all accounts die: the bot is logged out, and logged in when the first is back', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t)
  const { wechat } = stage
  const bot = await stage.openBot()
  await wechat.account('north').kill()
  await wechat.account('south').kill()
  await wechat.sayInRoom('wxid_alice', TEA, 'one is left')
  await bot.untilHeard('one is left')
  assert.deepEqual(bot.logouts, [])

  await wechat.account('west').kill()
  await until(() => bot.logouts.length === 1, { what: 'the bot is logged out' })
  assert.deepEqual(bot.logouts, [stage.self])

  await wechat.restart('south')
  await until(() => bot.logins.length === 2, { what: 'the bot is logged in', within: BACK_WITHIN })
  assert.deepEqual(bot.logins, [stage.self, stage.self])
  await wechat.sayInRoom('wxid_alice', TEA, 'welcome back')
  assert.ok(await (await bot.untilHeard('welcome back')).say('good to be back'))
  assert.equal(wechat.delivered('good to be back').length, 1)

  for (const name of ['north', 'west']) await wechat.restart(name)
  await wechat.untilWatched()
  assert.deepEqual([bot.logins.length, bot.logouts.length], [2, 1])
})

test('a bot that logs out is logged in again, since its accounts were not asked', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t)
  const { wechat } = stage
  const bot = await stage.openBot()
  await bot.wechaty.logout()
  await until(() => bot.logins.length === 2 && bot.wechaty.isLoggedIn, { what: 'the bot is logged in again' })
  assert.deepEqual([bot.logouts, wechat.accounts.map(({ counts }) => counts.logout)], [[stage.self], [0, 0, 0]])
  await wechat.sayInRoom('wxid_alice', TEA, 'still there?')
  assert.ok(await (await bot.untilHeard('still there?')).say('yes'))
  assert.equal(wechat.delivered('yes').length, 1)
  assert.deepEqual(bot.errors, [])
})

test('an account logs out by itself: no work for it until it is logged in again', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t)
  const { wechat } = stage
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  const said = async name => {
    for (let round = 0; round < 6; round++) assert.ok(await room.say(`${name} ${round}`))
    return new Set(wechat.ledger().filter(({ text }) => text.startsWith(name)).map(({ account }) => account))
  }
  await wechat.account('west').order('logOut', 'kicked by the phone')
  assert.ok(!(await said('without')).has('west'))
  assert.deepEqual([bot.logins.length, bot.logouts.length], [1, 0])
  await wechat.account('west').order('logIn')
  await until(async () => (await said(`with ${Date.now()}`)).has('west'), { what: 'west speaks again' })
})

test('a bot is killed and started again: it hears what was said meanwhile, once', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t)
  const { wechat } = stage
  const home = mkdtempSync(join(tmpdir(), 'bot-'))
  const bot = new BotProcess(stage.door, home)
  t.after(async () => { await bot.kill(); rmSync(home, { force: true, recursive: true }) })
  await bot.start()
  await wechat.sayTo('north', 'wxid_alice', 'ding')
  await until(() => wechat.delivered('dong').length === 1, { what: 'dong' })

  await bot.kill()
  await wechat.sayTo('south', 'wxid_bob', 'are you there?')
  await wechat.sayInRoom('wxid_bob', TEA, 'is the bot there?')
  await bot.start()
  assert.deepEqual(bot.logins, [stage.self, stage.self])
  await wechat.sayTo('north', 'wxid_alice', 'ding')
  await until(() => wechat.delivered('dong').length === 2, { what: 'dong again' })
  await until(() => bot.texts.includes('are you there?') && bot.texts.includes('is the bot there?'),
    { seen: () => bot.texts, what: 'what was said while it was dead' })
  assert.equal(bot.texts.filter(text => text === 'are you there?').length, 1)
  assert.equal(bot.texts.filter(text => text === 'is the bot there?').length, 1)
  assert.deepEqual(wechat.accounts.map(({ counts }) => [counts.stop, counts.logout]), [[0, 0], [0, 0], [0, 0]])
})

/**
 * The stock client looks after its event stream only when 60 s have passed without any event, and then
 * once. Its calls reconnect by themselves. So this takes a minute, most of it waiting.
 */
test('the gateway is stopped and started again', { timeout: 180_000 }, async t => {
  const stage = await Stage.open(t)
  const { gateway, wechat } = stage
  const bot = await stage.openBot()
  await wechat.sayInRoom('wxid_alice', TEA, 'before')
  const before = await bot.untilHeard('before')
  assert.ok(isTagged(before.id))

  assert.equal(await gateway.stop('SIGTERM'), 0, 'a clean end')
  assert.ok(wechat.accounts.every(({ loggedIn }) => loggedIn), 'the accounts stay logged in')
  await until(() => wechat.accounts.every(({ streamOpen }) => !streamOpen), { what: 'their streams are closed' })
  await gateway.start()
  t.diagnostic(`served after ${Math.round(gateway.servedAfter)} ms`)
  await wechat.untilWatched()

  await t.test('the calls of a bot that lived through it work at once', async () => {
    const alice = await bot.wechaty.Contact.find({ id: 'wxid_alice' })
    await until(() => bot.puppet.messageSendText(alice.id, 'still here').then(() => true, () => false), { what: 'a send' })
    assert.equal(wechat.delivered('still here').length, 1)
  })
  await t.test('ids from before still work', async () => {
    const recalled = await bot.puppet.messageRawPayload(before.id)
    assert.deepEqual([recalled.text, recalled.talkerId, recalled.roomId], ['before', 'wxid_alice', TEA])
  })
  await t.test('the events of that bot come back with the watchdog of its client', async () => {
    let round = 0
    const started = performance.now()
    await until(async () => {
      await wechat.sayTo('north', 'wxid_bob', `can you hear me ${round++}`)
      await new Promise(resolve => setTimeout(resolve, 500))
      return bot.texts().some(text => text.startsWith('can you hear me'))
    }, { seen: () => bot.errors.map(String), what: 'the bot hears again', within: 90_000 })
    t.diagnostic(`heard again after ${Math.round((performance.now() - started) / 1000)} s`)
  })
  await t.test('a new bot works at once', async () => {
    await bot.close()
    stage.bots = []
    const fresh = await stage.openBot()
    assert.deepEqual(fresh.logins, [stage.self])
    await wechat.sayTo('west', 'wxid_alice', 'and you?')
    assert.equal((await fresh.untilHeard('and you?')).listener().id, stage.self)
  })
  assert.deepEqual(wechat.accounts.map(({ counts }) => [counts.stop, counts.logout]), [[0, 0], [0, 0], [0, 0]])
})

test('an account that was never there joins when it appears', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { late: ['west'] })
  const { wechat } = stage
  const bot = await stage.openBot()
  assert.deepEqual(bot.logins, [stage.self])
  const room = await bot.wechaty.Room.find({ id: TEA })
  assert.ok((await room.memberAll()).every(({ id }) => id !== selfOf('north') && id !== selfOf('south')))
  await wechat.restart('west')
  await wechat.untilWatched()
  await until(async () => {
    await room.say('who speaks?')
    return wechat.account('west').ledger().length > 0
  }, { what: 'west speaks', within: BACK_WITHIN })
  assert.deepEqual([bot.logins.length, bot.logouts.length], [1, 0])
})
