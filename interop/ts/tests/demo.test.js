/**
 * A newcomer's own bot at `ha-wechaty demo`: the lines that the demo prints are pasted, and nothing else is set.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { gatewayBinary } from '../src/gateway.js'
import { freePort } from '../src/ports.js'
import { until } from '../src/until.js'

const TYPESCRIPT = fileURLToPath(new URL('../src/pasted-bot.js', import.meta.url))
const PYTHON = fileURLToPath(new URL('../../python/pasted_bot.py', import.meta.url))

/** A process's environment without what the stock packages or the demo would take for their own. */
const BARE = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HA_)?WECHATY_/.test(name)))

/** A demo, as far as it has been shown. */
class Demo {
  lines = []

  constructor (t, more = []) {
    // No account fails: this is about what a bot is told, and each ding has its dong.
    const options = ['demo', '--quick', '--every', '1h', '--listen', `127.0.0.1:0`, ...more]
    this.process = spawn(gatewayBinary(), options, { env: BARE, stdio: ['ignore', 'pipe', 'inherit'] })
    this.ended = once(this.process, 'exit')
    createInterface({ input: this.process.stdout }).on('line', line => this.lines.push(line))
    t.after(() => this.process.kill('SIGKILL'))
  }

  /** The exports that it prints below a line. */
  async pasted (below) {
    const block = await until(() => {
      const begin = this.lines.findIndex(line => line.includes(below)) + 1
      const rest = this.lines.slice(begin)
      const end = rest.findIndex(line => !line.includes('export '))
      return begin > 0 && end > 0 && rest.slice(0, end)
    }, { what: `the demo prints what to set: ${below}` })
    return Object.fromEntries(block.map(line => line.trim().replace('export ', '').split(/=(.*)/s).slice(0, 2)))
  }

  /** Ends it, and reads a number of its summary. */
  async summary () {
    this.process.kill('SIGINT')
    const [code] = await this.ended
    const row = name => Number(this.lines.find(line => line.trim().startsWith(name))?.trim().slice(name.length).trim().split(' ')[0])
    return { asked: row('questions asked'), code, lost: row('LOST'), seen: row('answers seen'), twice: row('answered twice'), yours: row("your bot's dongs") }
  }
}

for (const { below, command, language, options } of [
  { below: 'One in TypeScript needs:', command: async () => [process.execPath, [TYPESCRIPT]], language: 'TypeScript' },
  {
    below: 'One in Python:',
    command: async () => [process.env.HA_WECHATY_PYTHON ?? 'python3', [PYTHON, String(await freePort())]],
    language: 'Python',
    options: ['--plaintext'],
  },
]) {
  test(`what the demo prints makes a stock bot in ${language} join, and its dongs count`, { timeout: 120_000 }, async t => {
    const demo = new Demo(t, options)
    const env = await demo.pasted(below)
    const home = mkdtempSync(join(tmpdir(), 'pasted-'))
    const [program, args] = await command()
    const bot = spawn(program, args, { cwd: home, env: { ...BARE, ...env, HOME: home, WECHATY_LOG: 'silent' }, stdio: 'ignore' })
    t.after(async () => {
      bot.kill('SIGKILL')
      rmSync(home, { force: true, recursive: true })
    })
    const said = () => demo.lines.filter(line => / your bot +(@\w+ )?dong$/.test(line)).length
    await until(() => said() >= 2, { seen: () => demo.lines.slice(-20), what: 'the bot answers two dings', within: 90_000 })
    const { asked, code, lost, seen, twice, yours } = await demo.summary()
    assert.deepEqual({ code, lost, twice }, { code: 0, lost: 0, twice: 0 }, demo.lines.join('\n'))
    assert.ok(yours >= 2 && seen === asked, demo.lines.join('\n'))
  })
}
