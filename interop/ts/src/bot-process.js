/**
 * The bot of the first page of every Wechaty tutorial, in a process of its own, so that it can be killed:
 * it answers `dong` to `ding`, and tells its parent what it hears. It stays in its home, where the client
 * keeps its cache, over restarts. With the rule `others` it answers `dong` to every `ding` and `dong` that
 * is not its own.
 */
import './quiet.js'

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WechatyBuilder } from 'wechaty'

import { BOT_OPTIONS } from './bot.js'
import { until } from './until.js'

const PROGRAM = fileURLToPath(import.meta.url)

/** The parent's handle. */
export class BotProcess {
  logins = []
  texts = []

  /**
   * @param {object} [options]
   * @param {Record<string, string>} [options.env] more variables for the stock packages
   * @param {string[]} [options.execArgv] of Node
   * @param {'ding' | 'others'} [options.rule] what it answers
   */
  constructor (door, home, { env = {}, execArgv = [], rule = 'ding' } = {}) {
    this.door = door
    this.env = env
    this.execArgv = execArgv
    this.home = home
    this.rule = rule
  }

  async start () {
    const before = this.logins.length
    this.process = fork(PROGRAM, [this.door, this.env, this.rule].map(it => JSON.stringify(it)), {
      cwd: this.home, env: { ...process.env, ...this.env, HOME: this.home }, execArgv: this.execArgv,
    })
    this.process.on('message', ({ login, text }) => login ? this.logins.push(login) : this.texts.push(text))
    await until(() => this.logins.length > before, { what: 'the bot process logs in', within: 60_000 })
  }

  async kill () {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }
}

if (process.argv[1] === PROGRAM) {
  // Again: what was meant for the stock packages is gone by now.
  Object.assign(process.env, JSON.parse(process.argv[3]))
  const bot = WechatyBuilder.build({
    puppet: 'wechaty-puppet-service', puppetOptions: BOT_OPTIONS(JSON.parse(process.argv[2])),
  })
  bot.on('error', () => {})
  bot.on('login', user => process.send({ login: user.id }))
  bot.on('message', async message => {
    process.send({ text: message.text() })
    const isMeant = JSON.parse(process.argv[4]) === 'others'
      ? !message.self() && ['ding', 'dong'].includes(message.text())
      : message.text() === 'ding'
    if (isMeant) await message.say('dong')
  })
  process.on('disconnect', () => process.exit())
  await bot.start()
}
