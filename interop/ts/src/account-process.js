/**
 * The parent's handle on one account's process: start it, kill it, start it again on the same port, give
 * it orders, and keep what it reports.
 */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readEntries } from './journal.js'
import { freePort } from './ports.js'
import { until } from './until.js'
import { selfOf } from './world.js'

const PROGRAM = fileURLToPath(new URL('account.js', import.meta.url))

/** Emits `sent` (message), `act` ({ method, args, result }), `stream` ({ at, open }), `up`, `down`. */
export class AccountProcess extends EventEmitter {
  static async place (name, { directory, generation = 'current', latency = 0, login = 'auto', seed = 1, tls }) {
    const port = await freePort()
    return new AccountProcess({ directory, generation, latency, login, name, port, seed, tls })
  }

  constructor (options) {
    super()
    this.options = options
    this.name = options.name
    this.self = selfOf(options.name)
    this.endpoint = `127.0.0.1:${options.port}`
    this.token = `insecure_${randomUUID()}`
    this.tls = options.tls
    this.messageFile = join(options.directory, `${options.name}.messages`)
    this.actFile = join(options.directory, `${options.name}.acts`)
    this.waiting = new Map()
    this.counts = { logout: 0, start: 0, stop: 0 }
    this.forget()
  }

  forget () {
    this.process = undefined
    this.serving = false
    this.loggedIn = false
    this.streamOpen = false
  }

  /** Someone watches its events and it is logged in: what happens to it now will be noticed. */
  get watched () { return this.loggedIn && this.streamOpen }

  async start (world) {
    const output = openSync(join(this.options.directory, `${this.name}.output`), 'a')
    const { directory, generation, latency, login, name, port, seed, tls } = this.options
    const flags = { directory, generation, latency, login, name, port, seed, tls, token: this.token }
    this.process = fork(PROGRAM, Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]), {
      cwd: directory,
      env: { ...process.env, HOME: directory },
      execArgv: [],
      stdio: ['ignore', output, output, 'ipc'],
    })
    this.process.on('message', message => this.hear(message))
    this.process.once('exit', () => this.end())
    const running = this.process
    await until(() => this.serving || running.exitCode !== null, { what: `${name} serves`, within: 60_000 })
    if (!this.serving) throw new Error(`${name} ended before it served; see ${this.name}.output`)
    await this.order('see', { changedRooms: [], world })
    this.emit('up')
  }

  async stop (signal = 'SIGTERM') {
    const running = this.process
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }

  /** As if the phone fell into a river. */
  async kill () {
    await this.stop('SIGKILL')
  }

  end () {
    for (const { reject } of this.waiting.values()) reject(new Error(`${this.name} died`))
    this.waiting.clear()
    this.forget()
    this.emit('down')
  }

  /** Has the account do one of the orders of `account.js`. */
  order (order, argument) {
    if (!this.process) return Promise.reject(new Error(`${this.name} is down`))
    const number = (this.lastOrder = (this.lastOrder ?? 0) + 1)
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { reject, resolve })
      this.process.send({ argument, number, order }, error => error && reject(error))
    })
  }

  /** What it delivered to people, as its disk has it: also what a killed process could not report. */
  ledger () {
    return this.messages().filter(message => message.sent)
  }

  /** All messages that it has, what it was shown and what it sent, in order. */
  messages () {
    return readEntries(this.messageFile)
  }

  /** What else it was made to do: [{ method, args, result, at }]. */
  acts () {
    return readEntries(this.actFile)
  }

  hear ({ details, error, number, result, what }) {
    if (number !== undefined) {
      const { reject, resolve } = this.waiting.get(number) ?? {}
      this.waiting.delete(number)
      if (error !== undefined) reject?.(new Error(error))
      else resolve?.(result)
      return
    }
    switch (what) {
      case 'serving': this.serving = true; break
      case 'stream': this.streamOpen = details.open; this.emit(what, details); break
      case 'login': this.loggedIn = true; break
      case 'logout': this.loggedIn = false; this.counts.logout += 1; break
      case 'start': this.counts.start += 1; break
      case 'stop': this.counts.stop += 1; break
      default: this.emit(what, details)
    }
  }
}
