/** One account of the team. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

import type { Wechaty } from 'wechaty'

import { accountTable, isPuppet, puppetName, servedTable, type AccountOptions, type AccountTable } from './account.js'
import type { AccountStatus } from './gateway.js'
import { puppetServer } from './stock.js'

/** A puppet that was made here takes connections on a port that is free now, and may be taken by others before it is had. */
const ATTEMPTS = 3
/** Puppets that have a memory: they take one once. */
const remembering = new WeakSet<object>()

export class HANode {
  #server: undefined | { start (): Promise<void>, stop (): Promise<void> }
  #table: AccountTable | undefined
  #status: AccountStatus | undefined

  /** @ignore */
  constructor (
    private readonly accountName: string,
    /** What it was added with. */
    readonly options: AccountOptions,
    /** The Wechaty that was added, if one was; it is never started. */
    readonly wechaty: Wechaty | undefined,
  ) {}

  get id (): string { return this.accountName }

  /** The account's name: in what the gateway says, and in ids. */
  name (): string { return this.accountName }

  /** The name of its puppet. */
  get puppet (): string { return puppetName(this.options) ?? String(this.options.puppet) }

  /** How it stands, in the gateway's words: `available`, or what it waits for. As it was within the last two seconds. */
  get standing (): string { return this.#status?.text ?? 'not started' }

  /** Whether its account is logged in and does work. */
  logonoff (): boolean { return this.isLoggedIn }
  get isLoggedIn (): boolean { return this.#status?.phase === 'available' || this.#status?.phase === 'suspect' }

  toString (): string { return `HANode<${this.accountName}>` }

  /** @ignore What the gateway says of it. */
  stands (status: AccountStatus | undefined): void { this.#status = status }

  /** @ignore What the gateway is told of it; a puppet that was made here is served from now on. */
  async table (): Promise<AccountTable> {
    this.#table ??= isPuppet(this.options.puppet) ? await this.#serve(this.options.puppet) : accountTable(this.accountName, this.options)
    return this.#table
  }

  async #serve (puppet: any): Promise<AccountTable> {
    const PuppetServer = await puppetServer()
    if (this.options.memory && !remembering.has(puppet)) {
      puppet.setMemory?.(this.options.memory)
      remembering.add(puppet)
    }
    const token = `insecure_${randomUUID()}`
    for (let attempt = 1; ; attempt++) {
      const endpoint = `127.0.0.1:${await freePort()}`
      const server = new PuppetServer({ endpoint, puppet, tls: { disable: true }, token })
      try {
        await server.start()
        this.#server = server
        return servedTable(this.accountName, endpoint, token)
      } catch (error) {
        if (attempt === ATTEMPTS) throw error
      }
    }
  }

  /** @ignore Ends what was begun here. */
  async close (): Promise<void> {
    const server = this.#server
    this.#server = this.#table = this.#status = undefined
    if (!server) return
    await server.stop()
    await (this.options.puppet as any).stop?.()
  }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
