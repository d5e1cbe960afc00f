/**
 * A stock bot finds the gateway by its token: it has an authority to ask, and no endpoint.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { BotProcess } from '../src/bot-process.js'
import { LOCALHOST } from '../src/gateway.js'
import { Stage } from '../src/stage.js'
import { until } from '../src/until.js'
import { TEA } from '../src/world.js'

const OLDER_GRPC = new URL('../src/older-grpc.js', import.meta.url).href

test('with its token and the authority alone, a stock bot is logged in and answers', { timeout: 120_000 }, async t => {
  const stage = await Stage.open(t, { discovery: true })
  const home = mkdtempSync(join(tmpdir(), 'bot-'))
  t.after(() => rmSync(home, { force: true, recursive: true }))
  // Node reads its authorities when it starts.
  const env = {
    NODE_EXTRA_CA_CERTS: LOCALHOST.cert,
    WECHATY_PUPPET_SERVICE_AUTHORITY: stage.gateway.authority,
    WECHATY_PUPPET_SERVICE_TOKEN: stage.gateway.token,
  }
  const bot = new BotProcess({}, home, { env, execArgv: ['--import', OLDER_GRPC] })
  t.after(() => bot.kill())
  await bot.start()
  assert.deepEqual(bot.logins, [stage.self])
  await stage.wechat.sayInRoom('wxid_bob', TEA, 'ding')
  await until(() => stage.wechat.delivered('dong').length > 0, {
    seen: () => ({ texts: bot.texts }), what: 'the room reads dong',
  })
  // Before the gateway, or it would say that it looks for that in vain.
  await bot.kill()
})
