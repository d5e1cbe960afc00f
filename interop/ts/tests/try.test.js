/**
 * `ha-wechaty try`, as whoever has no token walks the real path: npm installs a puppet, three accounts log in on it, and the bot
 * that it prints answers their friends. Nothing is left behind.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { BARE } from '../src/demo.js'
import { gatewayBinary } from '../src/gateway.js'
import { until } from '../src/until.js'

const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url))
/** npm fetches some 200 packages, twice. */
const PATIENCE = 400_000

test('what it prints makes a bot of a team whose puppets npm installed', { timeout: 2 * PATIENCE }, async t => {
  const home = mkdtempSync(join(tmpdir(), 'try-'))
  const temporary = join(home, 'tmp')
  mkdirSync(temporary)
  const tried = spawn(gatewayBinary(), ['try', '--listen', '127.0.0.1:0', '--every', '500ms'], {
    env: { ...BARE, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(tried, 'exit')
  let [said, log] = ['', '']
  tried.stdout.setEncoding('utf8').on('data', text => { said += text })
  tried.stderr.setEncoding('utf8').on('data', text => { log += text })
  t.after(() => {
    tried.kill('SIGKILL')
    rmSync(home, { force: true, recursive: true })
  })
  const seen = () => ({ log: log.slice(-2_000), said })
  await until(() => said.includes('All three are logged in') || tried.exitCode !== null, { seen, what: 'all are logged in', within: PATIENCE })
  assert.equal(tried.exitCode, null, log)

  const address = said.match(/the page: +(http:\S+)/)[1]
  const page = await fetch(address, { headers: { accept: 'text/html' } })
  assert.equal(page.status, 200)
  assert.match(await page.text(), /north[^]*south[^]*west/)

  const env = Object.fromEntries([...said.matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  const bot = join(home, 'bot')
  mkdirSync(bot)
  symlinkSync(PACKAGES, join(bot, 'node_modules'))
  writeFileSync(join(bot, 'bot.mjs'), said.match(/echo '([^']+)' > bot\.mjs/)[1])
  const running = spawn(process.execPath, ['bot.mjs'], {
    cwd: bot, env: { ...BARE, ...env, HOME: bot, WECHATY_LOG: 'silent' }, stdio: 'ignore',
  })
  t.after(() => running.kill('SIGKILL'))
  const friends = ['ann', 'bob', 'cat']
  await until(() => friends.every(name => log.includes(`${name} is told: dong`)), { seen, what: 'each friend is answered', within: 90_000 })
  for (const name of ['north', 'south', 'west']) {
    assert.match(log, new RegExp(`waiting-scan.* account="${name}"|account="${name}".*waiting-scan`), 'it had to be scanned')
  }

  tried.kill('SIGINT')
  assert.deepEqual(await ended, [0, null], log)
  assert.deepEqual(readdirSync(temporary), [], 'nothing is left behind')
})
