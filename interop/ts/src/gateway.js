/**
 * The gateway under test, as an operator runs it: a config file and `ha-wechaty serve --config FILE`.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { freePort } from './ports.js'
import { deadline } from './until.js'
import { TEAM } from './world.js'

const TARGET = fileURLToPath(new URL('../../../target/', import.meta.url))

/** A certificate for this machine, which is its own authority. */
export const LOCALHOST = {
  cert: fileURLToPath(new URL('../certificates/localhost.pem', import.meta.url)),
  key: fileURLToPath(new URL('../certificates/localhost.key', import.meta.url)),
}

/** The environment without what the gateway would take for its own. What it keeps is in its own directory. */
const BARE = Object.fromEntries(Object.entries(process.env).filter(([name]) => {
  return !name.startsWith('HA_WECHATY_') && name !== 'STATE_DIRECTORY'
}))

/** The binary to test: `HA_WECHATY_BIN`, else this checkout's release build, else its debug build. */
export function gatewayBinary () {
  const candidates = [process.env.HA_WECHATY_BIN, join(TARGET, 'release/ha-wechaty'), join(TARGET, 'debug/ha-wechaty')]
  const binary = candidates.filter(Boolean).find(existsSync)
  if (!binary) throw new Error('no ha-wechaty binary: run `cargo build --release`, or set HA_WECHATY_BIN')
  return binary
}

export class Gateway {
  /**
   * @param {object} options
   * @param {import('./account-process.js').AccountProcess[]} options.accounts
   * @param {string[]} [options.account] more lines of each `[[account]]`
   * @param {string[]} [options.operators] more lines of `[admin]`; `{admin}` is where it listens
   * @param {string[]} [options.alarms] lines of `[alarms]`, and of tables behind it
   * @param {{ cert: string, key: string }} [options.certificate] of the directory
   * @param {'community' | 'off'} [options.tls] of the bots' side
   * @param {string[]} [options.health] more lines of `[health]`
   * @param {string[]} [options.delivery] lines of `[delivery]`
   * @param {string[]} [options.pace] lines of `[pace]`; without any there is no pace: peers say as much as they can
   * @param {string[]} [options.store] lines of `[store]`; files are in the gateway's own folder
   * @param {string[]} [options.team] lines of `[team]`
   * @param {string[]} [options.bot] more lines of `[[bot]]`
   * @param {boolean} [options.discovery] whether bots can find it by their token
   */
  static async open ({ account, accounts, alarms, bot, certificate, delivery, discovery = false, health, operators, pace, store, team, tls = 'community' }) {
    const discoveryPort = discovery ? await freePort() : undefined
    const gateway = new Gateway({ account, accounts, adminPort: await freePort(), alarms, bot, certificate, delivery, discoveryPort, health, operators, pace, port: await freePort(), store, team, tls })
    await gateway.start()
    return gateway
  }

  constructor ({ account = [], accounts, adminPort, alarms = [], bot = [], certificate = LOCALHOST, delivery = [], discoveryPort, health = [], operators = [], pace = ['enabled = false'], port, store = ['path = "memory"'], team = [], tls }) {
    this.admin = `127.0.0.1:${adminPort}`
    this.authority = discoveryPort && `127.0.0.1:${discoveryPort}`
    this.account = account
    this.alarms = alarms
    this.certificate = certificate
    this.bot = bot
    this.delivery = delivery
    this.health = health
    this.operators = operators
    this.pace = pace
    this.store = store
    this.team = team
    this.directory = mkdtempSync(join(tmpdir(), 'gateway-'))
    this.config = join(this.directory, 'ha-wechaty.toml')
    this.endpoint = `127.0.0.1:${port}`
    this.token = `insecure_${randomUUID()}`
    this.tls = tls
    writeFileSync(this.config, this.toml(accounts))
  }

  toml (accounts) {
    return [
      `name = "${TEAM}"`,
      '[gateway]', `listen = "${this.endpoint}"`, `tls = "${this.tls}"`,
      ...this.authority
        ? ['[discovery]', `listen = "${this.authority}"`, `tls = { cert = "${this.certificate.cert}", key = "${this.certificate.key}" }`]
        : [],
      '[admin]', `listen = "${this.admin}"`, ...this.operators.map(line => line.replaceAll('{admin}', this.admin)),
      // An account that is up again is found soon: a test lasts seconds, and the usual backoff a minute.
      '[reconnect]', 'cap = "1s"',
      // A returning account is to have its whole share at once.
      '[health]', 'ramp_up = "0s"', ...this.health,
      '[team]', ...this.team,
      '[pace]', ...this.pace,
      '[delivery]', ...this.delivery,
      '[store]', ...this.store,
      '[alarms]', ...this.alarms,
      '[[bot]]', 'name = "main"', `token = "${this.token}"`, ...this.bot,
      ...accounts.flatMap(({ endpoint, name, tls, token }) => [
        '[[account]]', `name = "${name}"`, `token = "${token}"`, `endpoint = "${endpoint}"`, `tls = "${tls}"`, ...this.account,
      ]),
      '',
    ].join('\n')
  }

  /** How everything stands, as an operator's tools read it. */
  async status () {
    const answer = await fetch(`http://${this.admin}/status`)
    return answer.json()
  }

  /** What became of the last sends, newest first. */
  async sends (limit = 100_000) {
    const answer = await fetch(`http://${this.admin}/sends?limit=${limit}`)
    return answer.json()
  }

  /** What a bot has to be told. */
  get door () {
    return { endpoint: this.endpoint, tls: this.tls, token: this.token }
  }

  /** Starts it and waits for the one line it prints when it serves. */
  async start () {
    const before = performance.now()
    this.process = spawn(gatewayBinary(), ['serve', '--config', this.config], {
      cwd: this.directory, env: { ...BARE, XDG_DATA_HOME: this.directory }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    const log = createWriteStream(join(this.directory, 'gateway.output'), { flags: 'a' })
    this.process.stderr.pipe(log)
    this.lines = []
    const lines = createInterface({ input: this.process.stdout })
    lines.on('line', line => this.lines.push(line))
    const ended = once(this.process, 'exit').then(([code, signal]) => {
      throw Object.assign(new Error(`the gateway ended with ${code ?? signal}`), { isKilled: signal === 'SIGKILL' })
    })
    ended.catch(() => {})
    await deadline(Promise.race([once(lines, 'line'), ended]), 10_000, 'the gateway says that it serves')
    this.servedAfter = performance.now() - before
  }

  /** Stops it and returns its exit code. */
  async stop (signal = 'SIGTERM') {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode
    const ended = once(this.process, 'exit')
    this.process.kill(signal)
    const [code] = await deadline(ended, 10_000, `the gateway ends after ${signal}`)
    return code
  }

  async close () {
    await this.stop('SIGKILL')
    rmSync(this.directory, { force: true, recursive: true })
  }
}
