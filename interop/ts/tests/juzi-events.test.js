/**
 * The living fork's events: a login that asks for a code, from its own server to its own client and to the terminal; and
 * numbers, by which its client says what it has. An older client passes over what it does not know.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { execFile, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PuppetService } from 'wechaty-puppet-service'

import { Gateway, gatewayBinary } from '../src/gateway.js'
import { freePort } from '../src/ports.js'
import { until } from '../src/until.js'

const CODE = '314159'

/** A program of ours, and what it says; it ends with the test. */
class Talking {
  constructor (t, program, flags, env = {}) {
    this.heard = []
    this.waiting = new Map()
    const file = fileURLToPath(new URL(`../src/${program}`, import.meta.url))
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)])
    this.process = fork(file, args, { env: { ...process.env, ...env }, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.process.on('message', message => {
      const done = this.waiting.get(message.number)
      if (!done) return this.heard.push(message)
      this.waiting.delete(message.number)
      message.error === undefined ? done.resolve(message.result) : done.reject(new Error(message.error))
    })
    t.after(() => this.process.kill('SIGKILL'))
  }

  does (method, ...args) {
    const number = randomUUID()
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { reject, resolve })
      this.process.send({ args, method, number })
    })
  }

  of (event) { return this.heard.filter(it => it.event === event).map(({ payload }) => payload) }

  until (what, condition) { return until(() => condition(this), { what, within: 30_000 }) }

  async kill () {
    const ended = new Promise(resolve => this.process.once('exit', resolve))
    this.process.kill('SIGKILL')
    await ended
  }
}

/** An account of the fork that waits for a scan, and a gateway before it. */
async function open (t, more = {}) {
  const [port, token] = [await freePort(), `insecure_${randomUUID()}`]
  const account = new Talking(t, 'juzi-account.js', { code: CODE, port, token })
  await account.until('it serves', () => account.heard.some(({ serving }) => serving))
  const gateway = await Gateway.open({
    accounts: [{ endpoint: `127.0.0.1:${port}`, name: 'north', tls: 'off', token }], tls: 'off', ...more,
  })
  t.after(() => gateway.close?.() ?? gateway.stop?.())
  const login = async () => (await fetch(`http://${gateway.admin}/api/v1/accounts/north/login`)).json()
  await until(async () => (await login()).step === 'waiting', { what: 'it asks for a scan', within: 20_000 })
  return { account, gateway, login }
}

const listener = (t, gateway, HOME = mkdtempSync(join(tmpdir(), 'juzi-'))) =>
  new Talking(t, 'juzi-listener.js', { endpoint: gateway.endpoint, token: gateway.token }, { HOME })

/** What `ha-wechaty login north …` says, and its exit code. */
const terminal = (gateway, ...flags) => new Promise(resolve => {
  execFile(gatewayBinary(), ['login', 'north', '--admin', gateway.admin, ...flags], (error, stdout, stderr) => {
    resolve({ code: error?.code ?? 0, said: stdout + stderr })
  })
})

test('a login that asks for a code is ended from the terminal', { timeout: 120_000 }, async t => {
  const { account, gateway, login } = await open(t)
  const bot = listener(t, gateway)
  await bot.until('it listens', () => bot.of('scan').length > 0)
  await account.does('asks')
  await bot.until('it is told', () => bot.of('verify-code').length === 1)
  assert.deepEqual(bot.of('verify-code'), [{ id: 'v1~north', message: 'sent to …77', scene: 1, status: 1 }])
  assert.equal((await login()).step, 'code')

  const wrong = await terminal(gateway, '--code', '271828')
  assert.equal(wrong.code, 1, wrong.said)
  assert.match(wrong.said, /the code was wrong/)
  const right = await terminal(gateway, '--code', CODE)
  assert.equal(right.code, 0, right.said)
  assert.match(right.said, /north is logged in as wxid_north/)
  assert.deepEqual((await account.does('nothing')).map(({ id }) => id), ['v1', 'v1'], 'by the id that it gave')
  await bot.until('it is logged in', () => bot.of('login').length === 1)
})

test('a bot of the fork answers for its account', { timeout: 120_000 }, async t => {
  const { account, gateway } = await open(t)
  const bot = listener(t, gateway)
  await bot.until('it listens', () => bot.of('scan').length > 0)
  await account.does('asks')
  await bot.until('it is told', () => bot.of('verify-code').length === 1)
  const [{ id }] = bot.of('verify-code')
  await bot.does('enterVerifyCode', id, '271828')
  await bot.until('it was wrong', () => bot.of('verify-code').length === 2)
  assert.equal(bot.of('verify-code')[1].status, 3)
  await bot.does('enterVerifyCode', id, CODE)
  await bot.until('it is logged in', () => bot.of('login').length === 1)
})

test('a client of the fork that broke off is given exactly what came after what it has', { timeout: 120_000 }, async t => {
  const { account, gateway } = await open(t)
  const HOME = mkdtempSync(join(tmpdir(), 'juzi-'))
  let bot = listener(t, gateway, HOME)
  await bot.until('it listens', () => bot.of('scan').length > 0)
  await account.does('asks')
  await account.does('enterVerifyCode', 'v1', CODE)
  await bot.until('it is logged in', () => bot.of('login').length === 1)
  for (const id of ['m1', 'm2', 'm3']) await account.does('hears', id, `text of ${id}`)
  await bot.until('it hears all', () => bot.of('message').length === 3)
  // It has asked for none of what they say, so each would be given again.
  await bot.kill()
  for (const id of ['m4', 'm5']) await account.does('hears', id, `text of ${id}`)
  bot = listener(t, gateway, HOME)
  await bot.until('it hears the rest', () => bot.of('message').length >= 2)
  await account.does('hears', 'm6', 'the last')
  await bot.until('and what follows', () => bot.of('message').length >= 3)
  // The client reads its disk for each event, and hands two that come together on as its disk answers.
  assert.deepEqual(bot.of('message').map(({ messageId }) => messageId).sort(), ['m4~north', 'm5~north', 'm6~north'])
  assert.equal((await bot.does('messagePayload', 'm5~north')).text, 'text of m5')
})

test('an older client passes over what it does not know', { timeout: 120_000 }, async t => {
  const { account, gateway } = await open(t)
  const puppet = new PuppetService({ endpoint: gateway.endpoint, tls: { disable: true }, token: gateway.token })
  const [heard, errors] = [[], []]
  puppet.on('error', error => errors.push(String(error)))
  puppet.on('login', () => heard.push('login'))
  puppet.on('message', ({ messageId }) => heard.push(messageId))
  await puppet.start()
  t.after(() => puppet.stop())
  await account.does('asks')
  await account.does('emit', 'post-comment', { commentId: 'c', postId: 'p' })
  await account.does('emit', 'tag', { idList: ['t'], timestamp: 7, type: 0 })
  await account.does('enterVerifyCode', 'v1', CODE)
  await until(() => heard.includes('login'), { what: 'it is logged in', within: 20_000 })
  await account.does('emit', 'room-announce', { changerId: 'wxid_alice', newAnnounce: 'new', oldAnnounce: '', roomId: 'r@chatroom', timestamp: 7 })
  await account.does('hears', 'm1', 'still there?')
  await until(() => heard.includes('m1~north'), { what: 'it hears', within: 20_000 })
  assert.deepEqual(errors, [])
})
