/**
 * The bot of every tutorial in a room with its own accounts and another team's: one `dong` per `ding`, and
 * accounts never answer each other.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { BotProcess } from '../src/bot-process.js'
import { Gateway } from '../src/gateway.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'
import { TEA } from '../src/world.js'

const DINGS = 50

/** A WeChat, and teams of its accounts, each with a gateway and a stock bot that follows a rule. */
async function open (t, teams) {
  const wechat = await WeChat.open({ accounts: teams.flatMap(({ accounts }) => accounts) })
  const ends = [() => wechat.close()]
  t.after(async () => { for (const end of ends.reverse()) await end() })
  const bots = []
  for (const { accounts, rule } of teams) {
    const gateway = await Gateway.open({ accounts: accounts.map(name => wechat.account(name)) })
    ends.push(() => gateway.close())
    await wechat.untilWatched(accounts)
    const bot = new BotProcess(gateway.door, mkdtempSync(join(tmpdir(), 'bot-')), { rule })
    ends.push(async () => {
      await bot.kill()
      rmSync(bot.home, { force: true, recursive: true })
    })
    await bot.start()
    bots.push(bot)
  }
  return { bots, wechat }
}

/** How often the team's accounts said `dong`. */
const dongsOf = (wechat, accounts) => wechat.delivered('dong').filter(({ account }) => accounts.includes(account)).length

/** Alice says it so often, and waits for nobody. */
async function dings (wechat) {
  for (let n = 0; n < DINGS; n++) await wechat.sayInRoom('wxid_alice', TEA, 'ding')
}

/** All that happened before has been heard by now. */
async function settled (wechat, bots, dongs) {
  for (const bot of bots) {
    const heard = () => bot.texts.filter(text => text === 'dong').length
    await until(() => heard() === dongs, { seen: heard, what: `a bot hears ${dongs} dongs`, within: 60_000 })
  }
  await wechat.sayInRoom('wxid_alice', TEA, 'the end')
  for (const bot of bots) await until(() => bot.texts.includes('the end'), { what: 'a bot hears the end' })
}

for (const rule of ['ding', 'others']) {
  test(`three accounts of one team, and a bot that answers ${rule}: one dong per ding`, { timeout: 120_000 }, async t => {
    const team = ['north', 'south', 'west']
    const { bots, wechat } = await open(t, [{ accounts: team, rule }])
    await dings(wechat)
    await settled(wechat, bots, DINGS)
    const shares = team.map(name => dongsOf(wechat, [name]))
    t.diagnostic(`${DINGS} dings; dongs by account: ${shares}`)
    assert.equal(dongsOf(wechat, team), DINGS)
    assert.ok(shares.every(share => share > 0), 'each account answered some, and nobody answered them')
    assert.equal(bots[0].texts.filter(text => text === 'ding').length, DINGS, 'the bot heard each ding once')
  })
}

test('two teams in one room: each answers people and the other team, and never itself', { timeout: 180_000 }, async t => {
  const [one, other] = [['north', 'south'], ['west', 'east']]
  const { bots, wechat } = await open(t, [{ accounts: one, rule: 'others' }, { accounts: other, rule: 'ding' }])
  await dings(wechat)
  // The first team answers alice's dings and the other's dongs; the other one alice's dings alone.
  await settled(wechat, bots, 3 * DINGS)
  assert.deepEqual([dongsOf(wechat, one), dongsOf(wechat, other)], [2 * DINGS, DINGS])
})
