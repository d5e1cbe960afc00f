/**
 * An account can answer every call and be dead all the same: deaf, or mute. The gateway finds it, takes it
 * out, resets its stock puppet, and gives it work again; the bot sees nothing of all that.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { HEARTBEAT, selfOf, TEA } from '../src/world.js'

/** Minutes of a real team are tenths of seconds here. */
const HURRIED = ['ding_after = "1s"', 'fail_after = "3s"', 'jitter = 0.0']

/** Opens a stage on which a person chats in the room until the test ends. */
async function busyStage (t) {
  let going = true
  let said = 0
  let chat
  // Before the stage's own end: who is gone can't be told anything.
  t.after(async () => { going = false; await chat })
  const stage = await Stage.open(t, { health: HURRIED, team: ['burst = "0s"'] })
  chat = (async () => {
    while (going) {
      await stage.wechat.sayInRoom('wxid_alice', TEA, `chatter ${said++}`)
      // Not a wait for something: people take breath.
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  })()
  return stage
}

/** An account's line in the status. */
async function standing (stage, name) {
  const { accounts } = await stage.gateway.status()
  return accounts.find(account => account.name === name)
}

async function untilFoundAndBack (stage, name) {
  const passed = []
  await until(async () => {
    const { history, phase } = await standing(stage, name)
    passed.splice(0, passed.length, ...history.map(step => step.to))
    return passed.includes('failed') && phase === 'available'
  }, { seen: () => passed, what: `${name} was found, and is back`, within: 40_000 })
  const first = passed.indexOf('suspect')
  assert.ok(first >= 0 && first < passed.indexOf('failed'), `suspect before failed: ${passed}`)
}

async function untilItWorks (stage, bot, name) {
  const room = await bot.wechaty.Room.find({ id: TEA })
  let n = 0
  await until(async () => {
    const text = `${name}, are you there? ${n++}`
    await room.say(text)
    return stage.wechat.delivered(text).some(({ account }) => account === name)
  }, { what: `${name} gets work again`, within: 20_000 })
}

for (const [ail, what] of [['deaf', 'silently receives nothing'], ['mute', 'sends into the void']]) {
  test(`an account that ${what} is found, reset and brought back`, { timeout: 120_000 }, async t => {
    const stage = await busyStage(t)
    const bot = await stage.openBot()
    const south = stage.wechat.account('south')
    const room = await bot.wechaty.Room.find({ id: TEA })
    const stops = () => stage.wechat.accounts.map(({ counts, name }) => `${name} ${counts.stop}`)
    assert.deepEqual(stops(), ['north 0', 'south 0', 'west 0'])

    await south.order('ail', { [ail]: true })
    // Some of these turns are south's, also if another account is asked meanwhile; if it is mute nobody will confirm them.
    for (let n = 0; n < 9; n++) await room.say(`turn ${n}`)
    await untilFoundAndBack(stage, 'south')

    assert.ok(south.counts.stop >= 1, 'its puppet was reset')
    const others = stage.wechat.accounts.filter(account => account !== south)
    assert.deepEqual(others.map(({ counts }) => counts.stop), [0, 0], 'and nobody else was')
    await untilItWorks(stage, bot, 'south')
    assert.equal(bot.logins.length, 1, 'the bot was logged in once')
    assert.equal(bot.logouts.length, 0, 'and never out')
  })
}

test('a busy team sends no ding', { timeout: 60_000 }, async t => {
  const stage = await busyStage(t)
  const bot = await stage.openBot()
  const room = await bot.wechaty.Room.find({ id: TEA })
  // Three times the silence after which a quiet account is asked.
  const end = Date.now() + 3_000
  for (let n = 0; Date.now() < end; n++) {
    await room.say(`busy ${n}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const dings = stage.wechat.ledger().filter(({ listenerId }) => listenerId === HEARTBEAT)
  t.diagnostic(`${dings.length} dings`)
  assert.equal(dings.length, 0)
  const { accounts } = await stage.gateway.status()
  assert.deepEqual(accounts.map(({ phase }) => phase), ['available', 'available', 'available'])
})

test('a quiet team lives by ding and dong, which no bot sees', { timeout: 60_000 }, async t => {
  const stage = await Stage.open(t, { health: HURRIED })
  const bot = await stage.openBot()
  await until(() => ['north', 'south', 'west'].every(name =>
    stage.wechat.delivered('ding').filter(({ account }) => account === name).length >= 2,
  ), { what: 'each account has asked twice', within: 20_000 })
  await until(async () => {
    const { accounts } = await stage.gateway.status()
    return accounts.every(({ last_evidence: evidence, phase }) => phase === 'available' && evidence.kind === 'dong')
  }, { what: 'each was answered', within: 20_000 })
  assert.ok(stage.wechat.delivered('ding').every(({ talkerId }) => ['north', 'south', 'west'].map(selfOf).includes(talkerId)))
  await stage.wechat.sayInRoom('wxid_alice', TEA, 'good morning')
  await bot.untilHeard('good morning')
  assert.deepEqual(bot.texts().filter(text => ['ding', 'dong'].includes(text)), [])
  assert.equal(bot.logouts.length, 0)
})
