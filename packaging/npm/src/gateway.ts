/** The gateway, as a child of this process: on the loopback, for this process alone, and ended with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import type { AccountTable } from './account.js'
import { configuration } from './configuration.js'
import { program, VARIABLE } from './program.js'
import { GatewayError, Words, type Level } from './words.js'

/** It serves whether or not accounts can be reached; a large store is read first. */
const STARTS_WITHIN = 60_000
/** In good order it ends within `gateway.shutdown`, and puppets that it runs within `host.stop`. */
const ENDS_WITHIN = 45_000
/** An answer of its own takes milliseconds, but accounts that are added are reached first. */
const ANSWERS_WITHIN = 60_000

const GREETING = /^ha-wechaty serves team .* on (\S+) \(plaintext\)/
const ADMIN = / status on http:\/\/(\S+)\/status$/

/** Of the environment, what would make other accounts, bots and doors than ours. */
const NOT_PASSED_ON = /^HA_WECHATY_(PUPPET|BOT|ACCOUNT|KEY|CONFIG|NAME|SELF_ID|GATEWAY_LISTEN|GATEWAY_TLS|ADMIN|LOG_FORMAT)(_|$)/

/** How one account stands, as far as it is used here; `/api/v1/status` has much more. */
export interface AccountStatus {
  name: string
  /** `available`, `waiting-scan`, `offline`, … */
  phase: string
  /** The same, for people, with why it is so. */
  text: string
  contact_id: string | null
}

export interface Status {
  accounts: AccountStatus[]
  team: { available: boolean, reason: string | null }
  [more: string]: unknown
}

export interface GatewayOptions {
  config: Record<string, unknown>
  isKept: boolean
  name: string
  /** Where it listens: a port that it had before, or 0. */
  port: number
  token: string
  told: (level: Level, text: string) => void
}

export class Gateway {
  readonly #options: GatewayOptions
  readonly #folder: string
  readonly #key = `hawechaty_${randomBytes(20).toString('hex')}`
  #child!: ChildProcess
  #words!: Words
  #hasEnded = false
  /** Rejected once it ends, with its last words. */
  ended!: Promise<never>
  /** Where its bot connects. */
  endpoint = ''
  /** Where operators look. */
  admin: string | undefined

  private constructor (options: GatewayOptions) {
    this.#options = options
    sweep()
    this.#folder = mkdtempSync(join(tmpdir(), `ha-wechaty-${process.pid}-`))
    chmodSync(this.#folder, 0o700)
    process.once('exit', this.#tidy)
  }

  /** @throws GatewayError if it does not serve. */
  static async start (options: GatewayOptions, accounts: AccountTable[]): Promise<Gateway> {
    const gateway = new Gateway(options)
    try {
      gateway.#write(accounts)
      await gateway.#spawn()
    } catch (error) {
      gateway.#tidy()
      throw error
    }
    return gateway
  }

  get port (): number {
    return Number(this.endpoint.split(':').at(-1))
  }

  get #file (): string {
    return join(this.#folder, 'ha-wechaty.toml')
  }

  #write (accounts: AccountTable[]): void {
    const { config, isKept, name, port, token } = this.#options
    const keyHash = createHash('sha256').update(this.#key).digest('hex')
    const text = configuration({ accounts, config, isKept, keyHash, listen: `127.0.0.1:${port}`, name, token })
    writeFileSync(this.#file, text, { mode: 0o600 })
  }

  async #spawn (): Promise<void> {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== VARIABLE && !NOT_PASSED_ON.test(name)))
    this.#child = spawn(program(), ['serve', '--with-parent', '--log-format', 'text', '--config', this.#file], {
      // Of its own group: what a terminal sends to this process is for this process to understand.
      detached: true, env, stdio: ['pipe', 'pipe', 'pipe'],
    })
    const child = this.#child
    this.#words = new Words(child.stderr!, this.#options.told)
    // What it is given is nothing but that we live.
    child.stdin!.on('error', () => {})
    const failed = once(child, 'error').then(([error]) => { throw new GatewayError(`the gateway can't be run: ${error.message}`) })
    const exited = once(child, 'exit').then(async ([code, signal]) => {
      if (signal) throw new GatewayError(`the gateway was ended by ${signal}`)
      await Promise.race([this.#words.over, later(1_000)])
      // Where something stands in a file that nobody wrote is nothing to go by.
      const why = this.#words.last.replaceAll(this.#file, '').replace(/^:\d+:\d+: /gm, '')
      throw new GatewayError(`the gateway ended (${code}): ${why}`)
    })
    this.ended = Promise.race([failed, exited]).finally(() => {
      this.#hasEnded = true
      this.#tidy()
    }) as Promise<never>
    this.ended.catch(() => {})
    const lines = createInterface({ input: child.stdout! })
    const greeted = once(lines, 'line').then(([line]) => String(line))
    const late = later(STARTS_WITHIN).then(() => {
      child.kill('SIGKILL')
      throw new GatewayError(`the gateway did not serve within ${STARTS_WITHIN / 1_000} s: ${this.#words.last}`)
    })
    const greeting = await Promise.race([greeted, this.ended, late])
    const [, endpoint] = GREETING.exec(greeting) ?? []
    if (!endpoint) {
      child.kill('SIGKILL')
      throw new GatewayError(`this is no gateway of this package's version; it says: ${greeting}`)
    }
    this.endpoint = endpoint
    this.admin = ADMIN.exec(greeting)?.[1]
  }

  /** What must not be forgotten is with the gateway: nothing of it is lost with this folder. */
  readonly #tidy = (): void => {
    process.off('exit', this.#tidy)
    rmSync(this.#folder, { force: true, recursive: true })
  }

  async #ask (method: string, path: string, body?: string): Promise<any> {
    if (!this.admin) throw new GatewayError('the gateway has no admin server (admin.listen is "off"), which tells how accounts stand')
    const headers: Record<string, string> = { authorization: `Bearer ${this.#key}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await fetch(`http://${this.admin}${path}`, {
      headers, method, signal: AbortSignal.timeout(ANSWERS_WITHIN), ...body === undefined ? {} : { body },
    })
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    let problem: { detail?: string, title?: string } = {}
    try { problem = JSON.parse(text) } catch { /* It is said in plain words. */ }
    throw new GatewayError(problem.detail ?? problem.title ?? text.trim())
  }

  /** How everything stands. */
  async status (): Promise<Status> {
    return this.#ask('GET', '/api/v1/status')
  }

  /** @throws GatewayError if it takes nothing, or not all of it. */
  async reload (accounts: AccountTable[]): Promise<void> {
    this.#write(accounts)
    const { failed } = await this.#ask('POST', '/api/v1/reload', '{}') as { failed: { account: string, why: string }[] }
    if (failed.length > 0) throw new GatewayError(failed.map(({ account, why }) => `${account}: ${why}`).join('; '))
  }

  /** Ends it in good order; what does not end in time is killed. */
  async stop (): Promise<void> {
    if (this.#hasEnded) return
    const late = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN)
    this.#child.kill('SIGTERM')
    await this.ended.catch(() => {})
    clearTimeout(late)
  }
}

function later (milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds).unref())
}

/** Removes what processes left behind that were killed: tokens are in it. */
function sweep (): void {
  const folder = tmpdir()
  for (const name of readdirSync(folder)) {
    const [, pid] = /^ha-wechaty-(\d+)-/.exec(name) ?? []
    if (!pid) continue
    try {
      process.kill(Number(pid), 0)
    } catch (error) {
      // Whoever is there and not ours is somebody else's.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') continue
      try { rmSync(join(folder, name), { force: true, recursive: true }) } catch { /* Another user's. */ }
    }
  }
}
