/**
 * The package for Node as its users have it: packed, and installed in an empty folder. What it does there, a process does that a test tells.
 */
import { execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { pack } from '../../../packaging/npm/pack.mjs'
import { BARE } from './demo.js'
import { gatewayBinary } from './gateway.js'
import { until } from './until.js'

const SOURCE = fileURLToPath(new URL('../../../packaging/npm', import.meta.url))
const run = promisify(execFile)

/** It does what it is told: `ha` is the team, `tell` sends something home. */
const DRIVER = `
const AsyncFunction = (async () => {}).constructor
let ha
const tell = told => process.send({ told })
const plain = error => ({ message: error.message, name: error.name })
const whole = error => ({ uncaught: String(error.stack) })
process.on('uncaughtException', error => tell(whole(error)))
process.on('unhandledRejection', error => tell(whole(error)))
process.on('message', async ({ code, given, number }) => {
  try {
    const done = await new AsyncFunction('ha', 'tell', 'given', 'packages', code)(ha, tell, given, packages)
    if (done instanceof packages.HAWechaty) ha = done
    process.send({ done: done === ha ? undefined : done, number })
  } catch (error) {
    process.send({ error: plain(error), number })
  }
})
process.send({ told: 'ready' })
`
const DRIVERS = {
  cjs: `const packages = { ...require('ha-wechaty'), wechaty: require('wechaty') }\n${DRIVER}`,
  mjs: `import * as ours from 'ha-wechaty'\nimport * as wechaty from 'wechaty'\nconst packages = { ...ours, wechaty }\n${DRIVER}`,
}

export class NpmPackage {
  /** Packs it, and installs it where nothing is, with what a test wants besides. */
  static async install (...others) {
    const folder = mkdtempSync(join(tmpdir(), 'npm-package-'))
    const installed = new NpmPackage(join(folder, 'project'), folder)
    mkdirSync(installed.folder)
    // With all that helps to debug it the program is large, and npm would press it for half a minute.
    const program = join(folder, 'ha-wechaty')
    writeFileSync(program, `#!/bin/sh\nexec '${resolve(gatewayBinary())}' "$@"\n`)
    installed.tarballs = pack({ out: join(folder, 'tarballs'), program })
    await installed.npm('install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...installed.tarballs, ...others)
    for (const [kind, text] of Object.entries(DRIVERS)) writeFileSync(join(installed.folder, `driver.${kind}`), text)
    return installed
  }

  constructor (folder, home) {
    this.folder = folder
    this.home = home
    this.tarballs = []
    /** Nothing that a person keeps is touched. */
    this.env = { ...BARE, HOME: home, WECHATY_LOG: 'warn', XDG_DATA_HOME: join(home, 'data') }
  }

  async npm (...words) {
    return run('npm', words, { cwd: this.folder, env: { ...process.env, ...this.env, HOME: process.env.HOME }, maxBuffer: 1 << 24 })
  }

  /** What the compiler says; it is the one that compiled the package. */
  async tsc (...words) {
    const tsc = join(SOURCE, 'node_modules/typescript/bin/tsc')
    return run(process.execPath, [tsc, ...words], { cwd: this.folder }).then(({ stdout }) => stdout, ({ stdout }) => stdout)
  }

  write (name, text) {
    writeFileSync(join(this.folder, name), text)
  }

  /** A process that has the package, as a module of this kind. */
  async driver (kind = 'mjs', env = {}) {
    const driver = new Driver(fork(join(this.folder, `driver.${kind}`), [], {
      cwd: this.folder, env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }))
    await until(() => driver.told.length > 0 || driver.process.exitCode !== null, { seen: () => driver.output, what: 'it is loaded' })
    driver.told = driver.told.filter(it => it !== 'ready')
    return driver
  }

  /** Twenty thousand files are removed after the tests: on a busy disk that takes a minute. */
  close () {
    spawn('rm', ['-rf', this.home], { detached: true, stdio: 'ignore' }).unref()
  }
}

class Driver {
  told = []
  output = ''
  #asked = 0
  #waiting = new Map()

  constructor (child) {
    this.process = child
    this.ended = once(child, 'exit')
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => { this.output += text })
    child.on('message', ({ done, error, number, told }) => {
      if (told !== undefined) return this.told.push(told)
      const { reject, resolve } = this.#waiting.get(number)
      if (error) reject(Object.assign(new Error(error.message), { name: error.name }))
      else resolve(done)
    })
    child.once('exit', () => this.#waiting.forEach(({ reject }) => reject(new Error(`it ended: ${this.output}`))))
  }

  /** Does this there, as the body of a function; `given` is what it is given. What a HAWechaty returns is `ha` from then on. */
  async does (code, given) {
    const number = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { reject, resolve })
      this.process.send({ code, given, number })
    })
  }

  async untilTold (is, what) {
    return until(() => this.told.find(is), { seen: () => [this.told, this.output.slice(-3_000)], what, within: 60_000 })
  }

  async close () {
    this.process.kill('SIGKILL')
    await this.ended
  }
}
