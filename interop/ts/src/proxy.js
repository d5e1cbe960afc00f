/**
 * A proxy that nobody here wrote: pproxy of PyPI, with a user and a password. The interpreter is `HA_WECHATY_PYTHON`, as for
 * the Python bot.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

import { freePort } from './ports.js'
import { until } from './until.js'

const LOGIN = { user: 'gateway', password: 'sesame' }

export class Proxy {
  /** @param {'socks5' | 'http'} kind */
  static async open (kind) {
    const proxy = new Proxy()
    proxy.kind = kind
    proxy.port = await freePort()
    const python = process.env.HA_WECHATY_PYTHON ?? 'python3'
    const listen = `${kind}://127.0.0.1:${proxy.port}#${LOGIN.user}:${LOGIN.password}`
    proxy.said = ''
    // It says of each connection where it leads, and asks each who it is.
    proxy.process = spawn(python, ['-u', '-m', 'pproxy', '-v', '-a', '0', '-l', listen], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const output of [proxy.process.stdout, proxy.process.stderr]) {
      output.setEncoding('utf8').on('data', text => { proxy.said += text })
    }
    await until(() => proxy.takesConnections(), { seen: () => proxy.said, what: 'the proxy listens', within: 30_000 })
    return proxy
  }

  async takesConnections () {
    const socket = connect(this.port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }

  /** Its address, with the user and this password. */
  url (password = LOGIN.password) {
    return `${this.kind}://${LOGIN.user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}`
  }

  /** How many connections it made to this place. */
  ledTo (endpoint) {
    return this.said.split('\n').filter(line => line.includes(endpoint)).length
  }

  async close () {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }
}
