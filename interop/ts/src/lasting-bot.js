/**
 * A stock bot that is there again soon after its gateway was away, in a process of its own: with what docs/bots.md
 * tells a TypeScript bot to set, word for word, and nothing else. It answers `dong 7` to `ding 7`.
 */
import './quiet.js'

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WechatyBuilder } from 'wechaty'

import { BOT_OPTIONS } from './bot.js'
import { until } from './until.js'

const PROGRAM = fileURLToPath(import.meta.url)

/** The parent's handle. */
export class LastingBot {
  logins = 0
  /** What it heard from others, in order. */
  texts = []
  /** What it could not say: [{ asked, error, failed, text }]. */
  failures = []

  static async open (name, door) {
    const bot = new LastingBot(name, door)
    await until(() => bot.logins > 0, { what: `${name} logs in`, within: 60_000 })
    return bot
  }

  constructor (name, door) {
    this.name = name
    this.home = mkdtempSync(join(tmpdir(), 'bot-'))
    this.process = fork(PROGRAM, [JSON.stringify(door)], { cwd: this.home, env: { ...process.env, HOME: this.home } })
    this.process.on('message', ({ failure, login, text }) => {
      if (login) this.logins += 1
      if (text !== undefined) this.texts.push(text)
      if (failure) this.failures.push(failure)
    })
  }

  async close () {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit')
      this.process.kill('SIGKILL')
      await ended
    }
    rmSync(this.home, { force: true, recursive: true })
  }
}

if (process.argv[1] === PROGRAM) {
  const bot = WechatyBuilder.build({
    puppet: 'wechaty-puppet-service',
    puppetOptions: { ...BOT_OPTIONS(JSON.parse(process.argv[2])), timeoutSeconds: 7 },
  })
  bot.on('error', () => {})
  bot.on('login', user => process.send({ login: user.id }))
  bot.on('message', async message => {
    if (message.self()) return
    process.send({ text: message.text() })
    const [ding, number] = message.text().split(' ')
    if (ding !== 'ding') return
    const asked = Date.now()
    const text = `dong ${number}`
    await message.say(text).catch(error => process.send({ failure: { asked, error: String(error), failed: Date.now(), text } }))
  })
  process.on('disconnect', () => process.exit())
  await bot.start()
  // The client itself tries once.
  setInterval(() => {
    if (bot.state.active() && bot.puppet.state.inactive() === true) bot.puppet.start().catch(() => {})
  }, 1_000)
}
