/**
 * What a bot was given just before nobody was left: a stock bot closes its caches when it is logged out, and fails at
 * what it is busy with. One phone loses that; a team does not.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

for (const [what, away, logouts] of [['a moment', 200, 0], ['a while', 3_000, 3]]) {
  test(`what was said just before the last account is logged out for ${what} is heard`, { timeout: 60_000 }, async t => {
    const stage = await Stage.open(t, { accounts: ['north'] })
    const bot = await stage.openBot()
    const { wechat } = stage
    const { self } = wechat.account('north')
    await wechat.sayInRoom('wxid_alice', TEA, 'here we are')
    await bot.untilHeard('here we are')
    const texts = []
    for (let round = 0; round < 3; round++) {
      const said = [0, 1, 2].map(n => wechat.sayInRoom('wxid_alice', TEA, texts[texts.push(`round ${round}: ${n}`) - 1]))
      await Promise.all(said)
      await wechat.emit('logout', { contactId: self, data: 'gone' })
      await until(async () => !(await stage.gateway.status()).team.available, { what: 'the team is down', within: 5_000 })
      await sleep(away)
      await wechat.emit('login', { contactId: self })
      await until(async () => (await stage.gateway.status()).team.available, { what: 'the team is up', within: 5_000 })
      await until(() => bot.logins.length === 1 + logouts * (round + 1) / 3, { what: 'the bot is logged in', within: 10_000 })
    }
    await wechat.sayInRoom('wxid_alice', TEA, 'enough')
    await bot.untilHeard('enough')
    for (const text of texts) assert.equal(bot.heard(text).length, 1, text)
    assert.deepEqual([bot.logouts.length, bot.errors], [logouts, []])
  })
}
