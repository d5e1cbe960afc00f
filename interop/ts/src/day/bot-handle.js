/** The parent's handle on the talkative bot: it keeps what the bot tells, over all its lives. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { deadline, until } from '../until.js'

const PROGRAM = fileURLToPath(new URL('talkative-bot.js', import.meta.url))
const A_WHILE = 30_000

export class TalkativeBot {
  /** What it heard, in order: plain facts, completed as details come in. */
  heard = []
  /** Room events as its puppet told them: [{ name, payload }]; and the ids of messages. */
  raw = []
  ids = []
  logins = []
  errors = []
  /** What it could not do. */
  failed = []

  /** @param {'current' | 'juzi'} client whose packages it is made of */
  constructor (door, client = 'current') {
    this.client = client
    this.door = door
    // Clients keep payloads on disk, under the home they find; it stays over all lives.
    this.home = mkdtempSync(join(tmpdir(), 'talkative-'))
    this.orders = 0
  }

  async start () {
    const numbers = new Map()
    const before = this.logins.length
    this.done = new Map()
    this.process = fork(PROGRAM, [JSON.stringify(this.door), this.client], { cwd: this.home, env: { ...process.env, HOME: this.home }, execArgv: [] })
    this.process.on('message', news => {
      if (news.heard) {
        numbers.set(news.id, news.heard)
        this.heard.push(news.heard)
      } else if (news.more) Object.assign(numbers.get(news.id), news.more)
      else if (news.raw === 'message') this.ids.push(news.payload.messageId)
      else if (news.raw) this.raw.push({ name: news.raw, payload: news.payload })
      else if (news.login) this.logins.push(news.login)
      else if (news.error && !news.done) this.errors.push(news.error)
      else if (news.failed) this.failed.push(news.failed)
      else if (news.done) this.done.set(news.done, news.error)
    })
    await until(() => this.logins.length > before, {
      seen: () => ({ errors: this.errors.slice(-3), logins: this.logins.length }), what: 'the bot is logged in', within: A_WHILE,
    })
  }

  /** Has it do one of its orders. */
  async order (order) {
    const number = ++this.orders
    this.process.send({ number, order })
    await until(() => this.done.has(number), { what: `the bot does ${order}`, within: A_WHILE })
  }

  /**
   * A stock bot that stops and starts in one process still takes itself for logged in and tells of no login, so
   * nobody waits for one.
   */
  async restart (kind, meanwhile = async () => {}) {
    switch (kind) {
      case 'reset':
        return this.order('reset')
      case 'stop':
        await this.order('stop')
        await meanwhile()
        return this.order('start')
      case 'kill':
        await this.kill()
        await meanwhile()
        return this.start()
    }
  }

  async kill () {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await deadline(ended, A_WHILE, 'the bot is dead')
  }

  async close () {
    await this.kill()
    rmSync(this.home, { force: true, recursive: true })
  }
}
