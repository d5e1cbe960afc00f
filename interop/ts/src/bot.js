/**
 * The stock TypeScript bot: `wechaty` over `wechaty-puppet-service`, knowing an endpoint and a token and
 * nothing else, and remembering what happened to it.
 */
import './quiet.js'

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WechatyBuilder } from 'wechaty'

import { BOT_OPTIONS } from './door.js'
import { until } from './until.js'

export { BOT_OPTIONS }

export class Bot {
  /** Starts a bot; it may be long until it is logged in. */
  static async start (door) {
    const bot = new Bot(door)
    await bot.wechaty.start()
    return bot
  }

  /** A bot that is logged in. */
  static async open (door, { within = 60_000 } = {}) {
    const bot = await Bot.start(door)
    await until(() => bot.logins.length > 0, {
      seen: () => ({ errors: bot.errors.map(String) }), what: 'the bot logs in', within,
    })
    return bot
  }

  constructor (door) {
    this.home = mkdtempSync(join(tmpdir(), 'bot-'))
    process.env.HOME = this.home
    this.wechaty = WechatyBuilder.build({ puppet: 'wechaty-puppet-service', puppetOptions: BOT_OPTIONS(door) })
    this.messages = []
    this.logins = []
    this.logouts = []
    this.events = []
    this.errors = []
    this.wechaty
      .on('message', message => this.messages.push(message))
      .on('login', user => this.logins.push(user.id))
      .on('logout', user => this.logouts.push(user.id))
      .on('error', error => this.errors.push(error))
    for (const name of ['friendship', 'room-invite', 'room-join', 'room-leave', 'room-topic', 'scan', 'dong']) {
      this.wechaty.on(name, (...details) => this.events.push({ details, name }))
    }
  }

  get puppet () { return this.wechaty.puppet }

  texts () { return this.messages.map(message => message.text()) }

  /** The messages with this text so far. */
  heard (text) { return this.messages.filter(message => message.text() === text) }

  async untilHeard (text, within = 30_000) {
    const [first] = await until(() => {
      const heard = this.heard(text)
      return heard.length > 0 && heard
    }, { seen: () => ({ errors: this.errors.map(String), texts: this.texts() }), what: `the bot hears "${text}"`, within })
    return first
  }

  async untilEvent (name, within = 30_000) {
    return until(() => this.events.find(event => event.name === name)?.details, { what: `event ${name}`, within })
  }

  async close () {
    await this.wechaty.stop()
    rmSync(this.home, { force: true, recursive: true })
  }
}
