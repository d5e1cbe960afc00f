/** The gateway, as a child of this process: on the loopback, for this process alone, and ended with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
/** A puppet logs its account out at once, or not at all. */
const LEAVES_WITHIN = 10_000
/** No gateway reads its configuration for so long: what is older was left by a process that was killed. */
const READS_WITHIN = 60 * 60_000

/** Of the folders that configurations stand in as long as they are read. */
const PREFIX = 'ha-wechaty-run-'

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
  /** When it was last seen to work; none as long as nobody is logged in, whatever its phase says. */
  last_evidence: unknown
  /** Who keeps it from work, if somebody does. */
  withdrawal?: unknown
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
  /** It is killed if it does not serve within so many milliseconds. */
  startsWithin?: number
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
    this.#folder = mkdtempSync(join(tmpdir(), PREFIX))
    chmodSync(this.#folder, 0o700)
    process.once('exit', this.#tidy)
  }

  /** @throws GatewayError if it does not serve. */
  static async start (options: GatewayOptions, accounts: AccountTable[]): Promise<Gateway> {
    const gateway = new Gateway(options)
    try {
      gateway.#write(accounts)
      await gateway.#spawn()
    } finally {
      gateway.#tidy()
    }
    return gateway
  }

  get port (): number {
    return Number(this.endpoint.split(':').at(-1))
  }

  /** Whether it has ended, or is about to. */
  get hasEnded (): boolean {
    return this.#hasEnded || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  get #file (): string {
    return join(this.#folder, 'ha-wechaty.toml')
  }

  #write (accounts: AccountTable[]): void {
    const { config, isKept, name, port, token } = this.#options
    const keyHash = createHash('sha256').update(this.#key).digest('hex')
    const text = configuration({ accounts: accounts.map(account => this.#withFiles(account)), config, isKept, keyHash, listen: `127.0.0.1:${port}`, name, token })
    writeFileSync(this.#file, text, { flag: 'wx', mode: 0o600 })
  }

  /** An authority is a file to the gateway, and the text of one to a puppet. */
  #withFiles (account: AccountTable): AccountTable {
    const { name, tls } = account
    if (typeof tls !== 'object' || tls === null || !('ca' in tls)) return account
    const ca = join(this.#folder, `${name}.pem`)
    writeFileSync(ca, String(tls.ca), { flag: 'wx', mode: 0o600 })
    return { ...account, tls: { ...tls, ca } }
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
    this.ended = Promise.race([failed, exited]).finally(() => { this.#hasEnded = true }) as Promise<never>
    this.ended.catch(() => {})
    const lines = createInterface({ input: child.stdout! })
    const greeted = once(lines, 'line').then(([line]) => String(line))
    const { startsWithin = STARTS_WITHIN } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new GatewayError(`the gateway did not serve within ${startsWithin / 1_000} s: ${this.#words.last}`))
      }, startsWithin)
    })
    const greeting = await Promise.race([greeted, this.ended, late]).finally(() => clearTimeout(timer))
    const [, endpoint] = GREETING.exec(greeting) ?? []
    if (!endpoint) {
      child.kill('SIGKILL')
      throw new GatewayError(`this is no gateway of this package's version; it says: ${greeting}`)
    }
    this.endpoint = endpoint
    this.admin = ADMIN.exec(greeting)?.[1]
  }

  /** It has read what it was given: tokens are in it, and a process that is killed leaves none behind. */
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
    // Whoever else has made such a folder meanwhile is not trusted with it.
    mkdirSync(this.#folder, { mode: 0o700 })
    process.once('exit', this.#tidy)
    let failed: { account: string, why: string }[]
    try {
      this.#write(accounts)
      ;({ failed } = await this.#ask('POST', '/api/v1/reload', '{}'))
    } finally {
      this.#tidy()
    }
    if (failed.length > 0) throw new GatewayError(failed.map(({ account, why }) => `${account}: ${why}`).join('; '))
  }

  /** Logs an account out, which may log in again as soon as somebody scans. @throws GatewayError if it can't be asked, or stays. */
  async logout (account: string): Promise<void> {
    const stands = async () => (await this.status()).accounts.find(({ name }) => name === account)
    const before = await stands()
    if (!before?.last_evidence) return
    const path = `/api/v1/accounts/${encodeURIComponent(account)}`
    await this.#ask('POST', `${path}/logout`, JSON.stringify({ force: true, why: 'its program logs the team out' }))
    const until = Date.now() + LEAVES_WITHIN
    try {
      while ((await stands())?.last_evidence) {
        if (Date.now() > until) throw new GatewayError(`${account} is still logged in: its puppet does not log it out`)
        await later(50)
      }
    } finally {
      // Else it would be kept from work after it has logged in again; but for who kept it from work before.
      if (!before.withdrawal) await this.#ask('POST', `${path}/resume`, '{}')
    }
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

/** Removes what processes left behind that were killed before their gateway had read it. Their ids say nothing: they may be in another container. */
function sweep (): void {
  const folder = tmpdir()
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(folder, name)
    try {
      if (Date.now() - statSync(path).mtimeMs > READS_WITHIN) rmSync(path, { force: true, recursive: true })
    } catch {
      // Another user's, or swept up by another process.
    }
  }
}
