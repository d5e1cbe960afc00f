/**
 * A bot that gives up thousands of calls: a service of Node ends a connection on which more than a thousand are reset, and
 * with it would go what others have under way.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { grpc, puppet as pb } from 'wechaty-grpc'

import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

const CALLS = 5_000
const AT_ONCE = 500

for (const how of ['cancelled', 'dropped with the connection']) {
  test(`${CALLS} calls ${how} by one bot cost no account its connection, and no other bot a message`, { timeout: 120_000 }, async t => {
    const token = `insecure_${randomUUID()}`
    const stage = await Stage.open(t, {
      accountTls: 'off', bot: ['[[bot]]', 'name = "careless"', `token = "${token}"`], botTls: 'off',
    })
    const bot = await stage.openBot()
    const { gateway, wechat } = stage
    const connect = () => new pb.PuppetClient(gateway.endpoint, grpc.credentials.createInsecure(), { 'grpc.default_authority': token, 'grpc.use_local_subchannel_pool': 1 })
    let [client, ended, heard] = [connect(), 0, 0]
    for (let begun = 0; begun < CALLS; begun += AT_ONCE) {
      const calls = Array.from({ length: AT_ONCE }, () => client.contactList(new pb.ContactListRequest(), () => ended++))
      await sleep(5)
      if (how === 'cancelled') {
        for (const call of calls) call.cancel()
      } else {
        client.close()
        for (const call of calls) call.cancel()
        client = connect()
      }
      await wechat.sayInRoom('wxid_alice', TEA, `hello ${heard}`)
      await bot.untilHeard(`hello ${heard++}`)
    }
    await until(() => ended === CALLS, { seen: () => ended, what: 'all calls are over' })
    client.close()
    const { accounts } = await gateway.status()
    assert.deepEqual(accounts.map(({ name, phase }) => [name, phase]), wechat.accounts.map(({ name }) => [name, 'available']))
    const output = readFileSync(join(gateway.directory, 'gateway.output'), 'utf8')
    const losses = output.split('\n').filter(line => /offline|going away|excessive/.test(line))
    assert.deepEqual(losses, [])
    assert.equal(bot.texts().filter(text => text.startsWith('hello ')).length, heard)
  })
}
