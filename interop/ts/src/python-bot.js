/**
 * The parent's handle on the stock Python bot, `python/bot.py`. The interpreter is `HA_WECHATY_PYTHON`,
 * default `python3`; it must have what `python/requirements.txt` lists.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { freePort } from './ports.js'
import { until } from './until.js'

const PROGRAM = fileURLToPath(new URL('../../python/bot.py', import.meta.url))

export class PythonBot {
  events = []
  answers = new Map()
  asked = 0

  /** A bot that is logged in; with `stays`, run as docs/bots.md tells those who want it back soon after a restart. */
  static async open (door, options = []) {
    const bot = await PythonBot.start(door, options)
    await until(() => bot.all('login').length > 0 || bot.process.exitCode !== null, {
      seen: () => bot.lastWords(), what: 'the Python bot logs in', within: 60_000,
    })
    if (bot.process.exitCode !== null) throw new Error(`the Python bot ended: ${bot.lastWords()}`)
    return bot
  }

  static async start ({ endpoint, token }, options = []) {
    const bot = new PythonBot()
    bot.home = mkdtempSync(join(tmpdir(), 'python-bot-'))
    bot.output = join(bot.home, 'output')
    const output = openSync(bot.output, 'a')
    const python = process.env.HA_WECHATY_PYTHON ?? 'python3'
    bot.process = spawn(python, [PROGRAM, endpoint, token, String(await freePort()), ...options], {
      cwd: bot.home, env: { ...process.env, HOME: bot.home }, stdio: ['pipe', 'pipe', output],
    })
    closeSync(output)
    createInterface({ input: bot.process.stdout }).on('line', line => bot.hear(JSON.parse(line)))
    bot.ended = once(bot.process, 'exit')
    return bot
  }

  hear (line) {
    if (line.event) this.events.push(line)
    else this.answers.set(line.number, line)
  }

  all (event) { return this.events.filter(one => one.event === event) }
  heard (text) { return this.all('message').filter(message => message.text === text) }
  lastWords () { return readFileSync(this.output, 'utf8').slice(-2_000) }

  async untilHeard (text, within = 60_000) {
    return until(() => this.heard(text)[0], {
      seen: () => [this.all('message').map(message => message.text), this.lastWords()], what: `the Python bot hears "${text}"`, within,
    })
  }

  /** Asks for one of the calls of `bot.py`. */
  async call (name, args = {}, within = 60_000) {
    const number = ++this.asked
    this.process.stdin.write(JSON.stringify({ arguments: args, call: name, number }) + '\n')
    const { answer, error } = await until(() => this.answers.get(number), {
      seen: () => this.lastWords(), what: `the Python bot answers ${name}`, within,
    })
    if (error !== undefined) throw new Error(error)
    return answer
  }

  async close () {
    this.process.kill('SIGKILL')
    await this.ended
    rmSync(this.home, { force: true, recursive: true })
  }
}
