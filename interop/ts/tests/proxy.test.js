/**
 * Accounts whose stock services are reached through a proxy that nobody here wrote, by SOCKS 5 and by HTTP, with a user and a
 * password: all is as it is directly, and what is in the way is told.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { BotProcess } from '../src/bot-process.js'
import { Gateway } from '../src/gateway.js'
import { freePort } from '../src/ports.js'
import { Proxy } from '../src/proxy.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'
import { TEA } from '../src/world.js'

const TEAM = ['north', 'south']

/** An account by a name that is resolved at the proxy. */
const byName = ({ name, endpoint, tls, token }) => ({ name, endpoint: endpoint.replace('127.0.0.1', 'localhost'), tls, token })

/** What the operator is told of an account, once it has this in it. */
async function told (gateway, name, words) {
  let last
  return until(async () => {
    const { accounts } = await gateway.status()
    last = accounts.find(account => account.name === name)
    return last.text.includes(words) && last
  }, { seen: () => last, what: `${name}: ${words}` })
}

for (const [kind, tls] of [['socks5', 'off'], ['socks5', 'community'], ['http', 'off'], ['http', 'community']]) {
  test(`stock services behind a proxy (${kind}, tls ${tls}) are as they are directly`, { timeout: 180_000 }, async t => {
    const ends = []
    t.after(async () => { for (const end of ends.reverse()) await end() })
    const proxy = await Proxy.open(kind)
    ends.push(() => proxy.close())
    const wechat = await WeChat.open({ accounts: TEAM, tls })
    ends.push(() => wechat.close())
    const gateway = await Gateway.open({
      account: [`proxy = "${proxy.url()}"`], accounts: TEAM.map(name => byName(wechat.account(name))),
    })
    ends.push(() => gateway.close())
    await wechat.untilWatched(TEAM)
    const bot = new BotProcess(gateway.door, mkdtempSync(join(tmpdir(), 'bot-')))
    ends.push(async () => {
      await bot.kill()
      rmSync(bot.home, { force: true, recursive: true })
    })
    await bot.start()

    for (let n = 0; n < 20; n++) await wechat.sayInRoom('wxid_alice', TEA, 'ding')
    await until(() => wechat.delivered('dong').length === 20, {
      seen: () => wechat.delivered('dong').length, what: 'twenty dongs',
    })
    for (const name of TEAM) {
      const { port } = wechat.account(name).options
      assert.ok(proxy.ledTo(`localhost:${port}`) >= 1, `${name} is reached through the proxy, which got its name: ${proxy.said}`)
    }

    const before = proxy.ledTo(`localhost:${wechat.account('north').options.port}`)
    await wechat.account('north').kill()
    await wechat.restart('north')
    await wechat.untilWatched(['north'])
    assert.ok(proxy.ledTo(`localhost:${wechat.account('north').options.port}`) > before, 'it comes back through the proxy')
    const log = JSON.stringify(await gateway.status())
    assert.ok(!log.includes('sesame'), 'the password is nowhere to be seen')
  })
}

test('what is in the way at a proxy is told', { timeout: 120_000 }, async t => {
  const ends = []
  t.after(async () => { for (const end of ends.reverse()) await end() })
  const [socks, http] = [await Proxy.open('socks5'), await Proxy.open('http')]
  ends.push(() => socks.close(), () => http.close())
  const [wechat, nobody] = [await WeChat.open({ accounts: TEAM }), await freePort()]
  ends.push(() => wechat.close())
  for (const [proxy, other] of [[socks, 'http'], [http, 'socks5']]) {
    for (const [url, words] of [
      [proxy.url('wrong'), 'refuses the user and password in `proxy`'],
      [proxy.url().replace(/\/\/.*@/, '//'), 'a user and a password'],
      [proxy.url().replace(proxy.kind, other), 'the proxy '],
      [proxy.url().replace(String(proxy.port), String(nobody)), "can't be reached (connection refused)"],
    ]) {
      const gateway = await Gateway.open({ account: [`proxy = "${url}"`], accounts: [byName(wechat.account('north'))] })
      try {
        const { phase, remedy, text } = await told(gateway, 'north', words)
        assert.deepEqual({ phase, remedy }, { phase: 'offline', remedy: 'proxy' })
        assert.ok(!/wrong|sesame/.test(text), text)
        t.diagnostic(text)
      } finally {
        await gateway.close()
      }
    }
  }
})
