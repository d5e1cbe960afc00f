/**
 * A stock service has one event stream, and does not notice when whoever holds it freezes, or falls off the network: it
 * answers `ALREADY_EXISTS` without end. The gateway takes the stream from a holder that is dead. When the holder's
 * call closes at last, a stock service forgets the stream that the gateway has by then, which stays open and silent: the
 * gateway notices that as well.
 *
 * The times are those of every gateway: no setting makes them shorter.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Bot } from '../src/bot.js'
import { BotProcess } from '../src/bot-process.js'
import { Gateway } from '../src/gateway.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'

/** From the gateway's start until a bot of it hears. */
const HEARS_WITHIN = 10_000
/** A stream that is deaf is asked within 5 s, and has 3 s to answer; the rest is for busy machines. */
const HEALED_WITHIN = 15_000
/** How long it is to hear afterwards without a gap. */
const AFTERWARDS = 20_000
/** More than HTTP/2 lets a peer have that reads nothing: the rest is queued in the service. */
const UNREAD = Array.from({ length: 300 }, () => 'x'.repeat(1_000))

test('the stream of a frozen client is taken, and what that leads to is healed', { timeout: 180_000 }, async t => {
  const wechat = await WeChat.open({ accounts: ['north'], tls: 'off' })
  t.after(() => wechat.close())
  const north = wechat.account('north')
  const home = mkdtempSync(join(tmpdir(), 'holder-'))
  t.after(() => rmSync(home, { force: true, recursive: true }))
  const holder = new BotProcess({ endpoint: north.endpoint, tls: 'off', token: north.token }, home)
  t.after(() => holder.kill())
  await holder.start()
  holder.process.kill('SIGSTOP')
  for (const data of UNREAD) await north.order('emit', { event: 'heartbeat', payload: { data } })
  assert.ok(north.streamOpen, 'its service has noticed nothing')
  const stops = north.counts.stop

  const begun = performance.now()
  const gateway = await Gateway.open({ accounts: wechat.accounts, tls: 'off' })
  t.after(() => gateway.close())
  let bot
  let probes = 0
  const heard = new Set()
  /** Alice writes to the account once. */
  const probe = async () => {
    await wechat.sayTo('north', 'wxid_alice', `probe ${probes++}`)
    await new Promise(resolve => setTimeout(resolve, 100))
    for (const text of bot.texts()) heard.add(text)
  }
  /** She writes until the bot has heard one of these; how long that took. */
  const untilHeard = async (what, since, within) => {
    const first = probes
    await until(async () => {
      await probe()
      return [...heard].some(text => Number(text.slice('probe '.length)) >= first)
    }, { seen: async () => (await gateway.status()).accounts, what, within })
    return Math.round(performance.now() - since)
  }
  const account = async () => (await gateway.status()).accounts[0]

  await t.test('a bot hears soon after the gateway\'s start', async () => {
    bot = await Bot.open(gateway.door)
    t.after(() => bot.close())
    const took = await untilHeard('the bot hears', begun, HEARS_WITHIN)
    t.diagnostic(`the bot hears after ${took} ms`)
    assert.ok(took < HEARS_WITHIN, `${took} ms`)
    assert.equal(north.counts.stop, stops + 1)
    assert.equal((await account()).evictions, 1)
  })

  await t.test('when the client dies, the stream goes deaf, and is opened anew', async () => {
    const since = performance.now()
    await holder.kill()
    // Until then its service may go on for a while.
    await until(async () => { await probe(); return (await account()).deaf_streams > 0 }, {
      seen: account, what: 'the stream is found deaf', within: HEALED_WITHIN,
    })
    const took = await untilHeard('the bot hears again', since, HEALED_WITHIN)
    t.diagnostic(`deaf and healed after ${took} ms`)
    assert.equal(north.counts.stop, stops + 1, 'without a second stop')
  })

  await t.test('from then on the bot hears everything', async () => {
    const [first, end] = [probes, performance.now() + AFTERWARDS]
    while (performance.now() < end) await probe()
    const said = Array.from({ length: probes - first }, (_, n) => `probe ${first + n}`)
    await until(() => { for (const text of bot.texts()) heard.add(text); return heard.has(said.at(-1)) }, { what: 'the bot hears the last' })
    assert.deepEqual(said.filter(text => !heard.has(text)), [])
    const { deaf_streams: deaf, evictions, phase } = await account()
    assert.deepEqual({ deaf, evictions, phase }, { deaf: 1, evictions: 1, phase: 'available' })
    assert.equal(north.counts.stop, stops + 1)
  })
})
