/** A demo of the gateway's program, as a newcomer runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { gatewayBinary } from './gateway.js'
import { until } from './until.js'

/** A process's environment without what the stock packages or the demo would take for their own. */
export const BARE = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HA_)?WECHATY_/.test(name)))

/** A demo, as far as it has been shown. */
export class Demo {
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

  /** Where it says that one of its pages is. */
  async address (of) {
    const line = await until(() => this.lines.find(line => line.includes(of)), { what: `the demo prints: ${of}` })
    return line.split(of)[1].trim()
  }

  /** Ends it, and reads a number of its summary. */
  async summary () {
    this.process.kill('SIGINT')
    const [code] = await this.ended
    const row = name => Number(this.lines.find(line => line.trim().startsWith(name))?.trim().slice(name.length).trim().split(' ')[0])
    return { asked: row('questions asked'), code, failures: row('failures'), lost: row('LOST'), seen: row('answers seen'), twice: row('answered twice'), yours: row("your bot's dongs") }
  }
}
