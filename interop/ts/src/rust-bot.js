/**
 * The parent's handle on the stock Rust SDK's bot, `interop/rust`. The program is `HA_WECHATY_RUST_BOT`, default where
 * `cargo build --manifest-path interop/rust/Cargo.toml --target-dir target/interop-rust` puts it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { until } from './until.js'

const BUILT = fileURLToPath(new URL('../../../target/interop-rust/debug/rust-bot', import.meta.url))

export class RustBot {
  events = []
  errors = ''

  static async open ({ endpoint }) {
    const bot = new RustBot()
    const program = process.env.HA_WECHATY_RUST_BOT ?? BUILT
    if (!existsSync(program)) {
      throw new Error('no Rust bot: run `cargo build --locked --manifest-path interop/rust/Cargo.toml --target-dir target/interop-rust`, or set HA_WECHATY_RUST_BOT')
    }
    bot.process = spawn(program, {
      env: { ...process.env, WECHATY_PUPPET_SERVICE_ENDPOINT: `http://${endpoint}` }, stdio: ['ignore', 'pipe', 'pipe'],
    })
    bot.process.stderr.on('data', bytes => { bot.errors += bytes })
    createInterface({ input: bot.process.stdout }).on('line', line => bot.events.push(JSON.parse(line)))
    bot.ended = once(bot.process, 'exit')
    await until(() => bot.events.length > 0, { seen: () => bot.errors, what: 'the Rust bot says how it went' })
    return bot
  }

  all (event) { return this.events.filter(one => one.event === event) }
  heard (text) { return this.all('message').filter(message => message.text === text) }

  async until (event, is = () => true) {
    return until(() => this.all(event).find(is), { seen: () => [this.events, this.errors.slice(-2_000)], what: `the Rust bot tells of ${event}` })
  }

  async close () {
    if (this.process.exitCode === null) this.process.kill('SIGKILL')
    await this.ended
  }
}
