/**
 * What accounts say when they refuse, as a stock bot reads it: word for word, and cut where HTTP/2 has no room for it.
 * Directly, a refusal of 90 KB hangs the stock client's whole connection.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Stage } from '../src/stage.js'
import { deadline } from '../src/until.js'
import { TEA } from '../src/world.js'

const DOORS = [
  { accountTls: 'off', name: 'direct to an account', through: 'account' },
  { accountTls: 'off', botTls: 'off', name: 'through the gateway', through: 'gateway' },
]

for (const door of DOORS) {
  test(door.name, { timeout: 120_000 }, async t => {
    const stage = await Stage.open(t, door)
    const { direct, wechat } = stage
    const bot = await stage.openBot()
    /** What the bot reads if every account refuses with this text. */
    const refusal = async text => {
      await Promise.all(wechat.accounts.map(account => account.order('refuse', [text])))
      const [outcome] = await Promise.allSettled([deadline(bot.puppet.messageSendText(TEA, 'refused'), 20_000, 'an answer')])
      await Promise.all(wechat.accounts.map(account => account.order('refuse', [])))
      assert.equal(outcome.status, 'rejected')
      return outcome.reason.message
    }

    await t.test('word for word', async () => {
      for (const text of ['why? #1 & "two" <three> {four} `five` [six]', '100 % of 妈妈, 50%3F', ' blanks ']) {
        const read = await refusal(text)
        assert.ok(read.includes(text), read)
      }
    })

    await t.test('long ones are cut and harm nobody', { skip: direct }, async () => {
      for (const text of ['x'.repeat(70_000), 'y'.repeat(90_000), 'z'.repeat(120_000), '妈'.repeat(40_000), '?'.repeat(60_000)]) {
        const read = await refusal(text)
        assert.ok(read.includes(text.slice(0, 100)), read.slice(0, 300))
        assert.match(read, /bytes more\)/)
        await bot.puppet.messageSendText(TEA, `after ${text.slice(0, 1)}`)
        await wechat.sayInRoom('wxid_alice', TEA, `heard after ${text.slice(0, 1)}`)
        await bot.untilHeard(`heard after ${text.slice(0, 1)}`)
        assert.equal(wechat.delivered(`after ${text.slice(0, 1)}`).length, 1)
      }
      assert.deepEqual([bot.logins, bot.logouts], [[stage.self], []])
      assert.ok(wechat.accounts.every(({ streamOpen }) => streamOpen))
    })
  })
}
