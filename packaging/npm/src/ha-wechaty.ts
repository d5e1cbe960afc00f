import { randomUUID } from 'node:crypto'

import * as stock from 'wechaty'
import type { Contact, Message, Room, Sayable, Wechaty, WechatyOptions, WechatyPlugin } from 'wechaty'

import { accountName, optionsOf, type AccountOptions } from './account.js'
import type { HAWechatyEventName, HAWechatyEvents } from './events.js'
import { Gateway, type Status } from './gateway.js'
import { addHa } from './instances.js'
import { withoutProxy } from './loopback.js'
import { mendPayloadStore } from './mend.js'
import { HANode } from './node.js'
import { keptToken, tokenOfARun } from './token.js'
import { VERSION } from './version.js'
import { GatewayError, type Level } from './words.js'

const { log, WechatyBuilder } = stock

/** What asks for contacts, rooms or messages waits so long for the first account that logs in. */
const LOGIN_WITHIN = 30_000
/** How the accounts stand is read so often. */
const LOOK_EVERY = 2_000
/** The stock client tries once to come back; this tries on. */
const RETURN_EVERY = 1_000
/** A gateway that died is started again after this, and twice as long each time that helps nothing. */
const RESTART = { cap: 30_000, first: 500 }

export interface HAWechatyOptions {
  /** The team's name, and the id that bots know it by. With a name a store is kept: what must not be forgotten survives this process. */
  name?: string
  /** One account each. */
  wechatyOptionsList?: (AccountOptions | WechatyOptions)[]
  /** Of the team's Wechaty. */
  memory?: any
  /** Any key of the gateway's configuration, like `{ 'team.policy': 'sticky' }` or `{ pace: { max_wait: '1m' } }`. */
  config?: Record<string, unknown>
  /** Taken for the sake of programs that were written for version 0.9 of this package; there is no Redux here any more. */
  ducks?: unknown
}

type Query<T extends { findAll (query?: any): unknown }> = Parameters<T['findAll']>[0]
type Listener = (this: Wechaty, ...values: any[]) => unknown
/** What works on the bot, one piece after another. */
type Work<T> = () => Promise<T>

/** A team of WeChat accounts that acts as one Wechaty. */
export class HAWechaty {
  readonly id: string = randomUUID()
  /** The one Wechaty that the team is to its bot: for everything that this class has no name of its own for. */
  readonly wechaty: Wechaty

  /** Those that were added. */
  #nodes: HANode[] = []
  /** Those of them that the gateway has, or gets when it starts; changed by work in the queue alone. */
  #joined: HANode[] = []
  #gateway: Gateway | undefined
  #port = 0
  readonly #door: { endpoint?: string, timeoutSeconds: number, tls: { disable: true }, token?: string } = { timeoutSeconds: 7, tls: { disable: true } }
  #forget = () => {}
  #timers: NodeJS.Timeout[] = []
  /** What is under way, in order. */
  #work: Promise<unknown> = Promise.resolve()
  #isOn = false
  /** Listeners as they were given, and as they are called. */
  readonly #listeners = new WeakMap<Listener, Listener>()
  readonly #errorListeners = new WeakMap<Listener, Listener>()
  /** What is being told, as it was: the stock package makes an error of its own of it. */
  #failure: Error | undefined
  /** It is told to stop, which is not done yet. */
  #isStopping = false

  /** Contacts of all accounts. */
  readonly Contact = {
    find: (query: string | Query<Wechaty['Contact']>): Promise<Contact | undefined> => this.#there(() => this.wechaty.Contact.find(query as any)),
    findAll: (query?: Query<Wechaty['Contact']>): Promise<Contact[]> => this.#there(() => this.wechaty.Contact.findAll(query)),
    load: (id: string): Promise<Contact | null> => this.#load('Contact', id),
  }

  /** Rooms of all accounts, each once. */
  readonly Room = {
    find: (query: string | Query<Wechaty['Room']>): Promise<Room | undefined> => this.#there(() => this.wechaty.Room.find(query as any)),
    findAll: (query?: Query<Wechaty['Room']>): Promise<Room[]> => this.#there(() => this.wechaty.Room.findAll(query)),
    load: (id: string): Promise<Room | null> => this.#load('Room', id),
  }

  /** Messages that were heard or said. */
  readonly Message = {
    find: (query: string | Query<Wechaty['Message']>): Promise<Message | undefined> => this.#there(() => this.wechaty.Message.find(query as any)),
    findAll: (query?: Query<Wechaty['Message']>): Promise<Message[]> => this.#there(() => this.wechaty.Message.findAll(query)),
    load: (id: string): Promise<Message | null> => this.#load('Message', id),
  }

  /** @throws Error for accounts that can't be ones. */
  constructor (readonly options: HAWechatyOptions = {}) {
    const { memory, name, wechatyOptionsList = [] } = options
    this.wechaty = WechatyBuilder.build({
      ...memory ? { memory } : {}, ...name ? { name } : {}, puppet: 'wechaty-puppet-service', puppetOptions: this.#door as any,
    })
    ;(this.wechaty as any).once('puppet', mendPayloadStore)
    // Without any listener an error would end this process.
    this.wechaty.on('error', error => {
      if ((this.wechaty as any).listenerCount('error') === 1) log.error('HAWechaty', '%s', error)
    })
    addHa(this)
    this.add(...wechatyOptionsList as AccountOptions[])
  }

  /** The accounts' names. */
  name (): string { return this.#nodes.map(node => node.name()).join(',') }

  /** The version of this package. */
  version (): string { return VERSION }

  /** The accounts. */
  nodes (): HANode[] { return [...this.#nodes] }

  /**
   * Makes accounts of these, which may be options, or Wechatys that were never started. Where the team runs already they join it at once, and
   * an `error` event tells why one could not; `settled` waits for it.
   *
   * @throws Error for accounts that can't be ones.
   */
  add (...wechatys: (Wechaty | AccountOptions)[]): this {
    const added: HANode[] = []
    for (const wechaty of wechatys) {
      const options = optionsOf(wechaty)
      if (this.#nodes.concat(added).some(node => node.options === options)) continue
      const names = new Set(this.#nodes.concat(added).map(node => node.name()))
      added.push(new HANode(accountName(options, names), options, options === wechaty ? undefined : wechaty as Wechaty))
    }
    for (const { wechaty } of added) {
      if ((wechaty as any)?.eventNames?.().length > 0) {
        log.warn('HAWechaty', '%s has listeners or plugins of its own, which never run: give them to the team, by ha.on() and ha.use()', wechaty)
      }
    }
    this.#nodes.push(...added)
    if (added.length > 0) {
      this.#queue(async () => {
        try {
          // All or none, as the gateway has it.
          await this.#change([...this.#joined, ...added])
        } catch (error) {
          await this.#leave(added)
          throw error
        }
      }).catch(error => this.#fail(error))
    }
    return this
  }

  /** Takes accounts out, named or as they were added. Their puppet services run on, and bots notice nothing as long as one account is left. */
  async remove (...those: (string | HANode | Wechaty | AccountOptions)[]): Promise<void> {
    const gone = this.#nodes.filter(node => those.some(it => it === node || it === node.name() || it === node.wechaty || it === node.options))
    if (gone.length === 0) throw new Error(`no account of the team is called ${those.map(String).join(' or ')}: there are ${this.name()}`)
    return this.#queue(async () => {
      const left = this.#joined.filter(node => !gone.includes(node))
      if (this.#isOn && left.length === 0) throw new Error('the last account can\'t be removed while the team runs: stop it')
      await this.#change(left)
      await this.#leave(gone)
    })
  }

  /** The same, by the name that version 0.9 had for it. */
  async del (...those: (string | HANode | Wechaty | AccountOptions)[]): Promise<void> { return this.remove(...those) }

  /** Resolves when accounts that were added while the team runs are there, or can't be. */
  async settled (): Promise<void> { await this.#work.catch(() => {}) }

  /**
   * Starts the gateway and connects to it; accounts log in meanwhile and afterwards.
   *
   * @throws GatewayError with the gateway's words, if it can't serve this team.
   */
  async start (): Promise<void> {
    return this.#queue(async () => {
      if (this.#isOn) return
      if (this.#joined.length === 0) {
        throw new Error('the team has no account: name some in wechatyOptionsList, add() some, or set HA_WECHATY_PUPPET and call configureHa()')
      }
      withoutProxy()
      this.#makeToken()
      try {
        const { ended } = await this.#open()
        await this.wechaty.start()
        if (this.#gateway?.hasEnded) await ended
      } catch (error) {
        await this.wechaty.stop().catch(() => {})
        await this.#close()
        throw error
      }
      this.#isOn = true
      ;(this.wechaty as any).emit('wechaty', this.wechaty)
      this.#every(RETURN_EVERY, () => this.#comeBack())
      this.#every(LOOK_EVERY, () => this.#look())
    })
  }

  /** Ends the gateway, and puppets that it runs; puppet services elsewhere run on, and stay logged in. */
  async stop (): Promise<void> {
    // Whatever waits for the gateway to come back gives up.
    this.#isStopping = true
    return this.#queue(async () => {
      this.#isStopping = false
      if (!this.#isOn) return
      this.#isOn = false
      this.#timers.splice(0).forEach(timer => clearInterval(timer))
      try {
        await this.wechaty.stop()
      } finally {
        await this.#close()
        this.#forget()
      }
    })
  }

  /** Whether the team is logged in: at least one of its accounts is. */
  logonoff (): boolean { return this.isLoggedIn }
  get isLoggedIn (): boolean { return this.#isOn && this.wechaty.isLoggedIn }

  /**
   * Logs all accounts out.
   *
   * The stock client answers each logout that it is told with one of its own, also when the team is back by then: so its calls log nobody out,
   * and this is asked of the gateway as an operator does.
   *
   * @throws GatewayError with those that could not be, if there are some.
   */
  async logout (): Promise<void> {
    const gateway = this.#gateway
    if (!gateway) throw new Error('the team is not started')
    const asked = await Promise.allSettled(this.#joined.map(node => gateway.logout(node.name())))
    const failed = asked.flatMap(one => one.status === 'rejected' ? [(one.reason as Error).message] : [])
    if (failed.length > 0) throw new GatewayError(failed.join('; '))
  }

  /** Whether it runs, as the stock Wechaty tells it. */
  get state (): Wechaty['state'] { return this.wechaty.state }

  /** Resolves when the team is logged in, however long that takes. */
  async ready (): Promise<void> { await this.#loggedInWithin(undefined) }

  /** Says something to the team's own account. */
  async say (sayable: Sayable): Promise<void> { await this.#there(() => this.wechaty.say(sayable)) }

  /** Installs plugins of Wechaty. */
  use (...plugins: (WechatyPlugin | WechatyPlugin[])[]): this {
    this.wechaty.use(...plugins)
    return this
  }

  on<E extends HAWechatyEventName> (event: E, listener: HAWechatyEvents[E]): this { return this.#events('on', event, listener) }
  once<E extends HAWechatyEventName> (event: E, listener: HAWechatyEvents[E]): this { return this.#events('once', event, listener) }
  off<E extends HAWechatyEventName> (event: E, listener: HAWechatyEvents[E]): this { return this.#events('off', event, listener) }
  addListener<E extends HAWechatyEventName> (event: E, listener: HAWechatyEvents[E]): this { return this.#events('on', event, listener) }
  removeListener<E extends HAWechatyEventName> (event: E, listener: HAWechatyEvents[E]): this { return this.#events('off', event, listener) }

  /** How everything stands, as `ha-wechaty status --json` tells it. */
  async status (): Promise<Status> {
    if (!this.#gateway) throw new Error('the team is not started')
    return this.#gateway.status()
  }

  /** Where a bot in another process connects: the endpoint and the token of this team, in plaintext, on this machine alone. */
  get door (): { endpoint: string, token: string } | undefined {
    return this.#gateway && { endpoint: this.#gateway.endpoint, token: this.#door.token! }
  }

  toString (): string { return `HAWechaty<${this.options.name ?? this.id}>` }

  #events (how: 'off' | 'on' | 'once', event: string, listener: Listener): this {
    (this.wechaty as any)[how](event, event === 'error' ? this.#asItWas(listener) : this.#caught(listener))
    return this
  }

  /** A listener that fails, at once or later, is an error event: it would end this process. */
  #caught (listener: Listener): Listener {
    const known = this.#listeners.get(listener)
    if (known) return known
    const caught = async (...values: any[]) => {
      try {
        await listener.apply(this.wechaty, values)
      } catch (error) {
        this.#fail(error as Error)
      }
    }
    this.#listeners.set(listener, caught)
    return caught
  }

  /** A listener for errors is told what happened, not what was made of it. */
  #asItWas (listener: Listener): Listener {
    const known = this.#errorListeners.get(listener)
    if (known) return known
    const told = (error: Error) => listener.call(this.wechaty, this.#failure ?? error)
    this.#errorListeners.set(listener, told)
    return told
  }

  /** The stock puppet reads it when it starts. */
  #makeToken (): void {
    if (this.#door.token) return
    const { name } = this.options
    if (name) this.#door.token = keptToken(name)
    else ({ forget: this.#forget, token: this.#door.token } = tokenOfARun())
  }

  #every (milliseconds: number, work: () => unknown): void {
    this.#timers.push(setInterval(work, milliseconds))
  }

  /** One after another: a team that starts is not changed, and one that changes is not stopped. */
  #queue<T> (work: Work<T>): Promise<T> {
    const done = this.#work.catch(() => {}).then(work)
    this.#work = done
    done.catch(() => {})
    return done
  }

  /** Does it when an account is there. */
  async #there<T> (work: Work<T>): Promise<T> {
    if (!this.#isOn) throw new Error('the team is not started: await start() first')
    if (!this.isLoggedIn) {
      const isThere = await this.#loggedInWithin(LOGIN_WITHIN)
      if (!isThere) {
        const why = this.#nodes.map(node => `${node.name()} is ${node.standing}`).join('; ')
        throw new GatewayError(`no account of the team has logged in within ${LOGIN_WITHIN / 1_000} s: ${why}`)
      }
    }
    return work()
  }

  #loggedInWithin (milliseconds: number | undefined): Promise<boolean> {
    if (this.isLoggedIn) return Promise.resolve(true)
    return new Promise(resolve => {
      const isThere = () => {
        clearTimeout(late)
        resolve(true)
      }
      const late = milliseconds === undefined ? undefined : setTimeout(() => {
        this.off('login', isThere)
        resolve(false)
      }, milliseconds)
      this.once('login', isThere)
    })
  }

  /** By its id; null if no account knows it. */
  async #load (kind: 'Contact' | 'Message' | 'Room', id: string): Promise<any> {
    return this.#there(async () => {
      const isSelf = kind === 'Contact' && id === this.wechaty.puppet.currentUserId
      const found = (this.wechaty[isSelf ? 'ContactSelf' : kind] as any).load(id)
      try {
        await found.ready()
        return found
      } catch (error) {
        log.verbose('HAWechaty', '%s.load(%s): %s', kind, id, error)
        return null
      }
    })
  }

  /** What the team is from now on; nothing changes if it can't be that. */
  async #change (nodes: HANode[]): Promise<void> {
    if (this.#isOn) {
      if (!this.#gateway) throw new GatewayError('the gateway has died, and is not there again yet: nothing is changed')
      await this.#gateway.reload(await tables(nodes))
      this.#joined = nodes
      await this.#look()
    } else {
      this.#joined = nodes
    }
  }

  /** These are no accounts of the team any more. */
  async #leave (gone: HANode[]): Promise<void> {
    this.#nodes = this.#nodes.filter(node => !gone.includes(node))
    await Promise.all(gone.map(node => node.close()))
  }

  async #open (): Promise<Gateway> {
    const { config = {}, name } = this.options
    const gateway = await Gateway.start({
      config, isKept: Boolean(name), name: name ?? 'ha-wechaty', port: this.#port, token: this.#door.token!,
      told: (level, text) => told(level, text),
    }, await tables(this.#joined))
    this.#gateway = gateway
    this.#port = gateway.port
    this.#door.endpoint = gateway.endpoint
    gateway.ended.catch(error => this.#lost(gateway, error))
    await this.#look()
    return gateway
  }

  async #close (): Promise<void> {
    const gateway = this.#gateway
    this.#gateway = undefined
    await gateway?.stop()
    await Promise.all(this.#nodes.map(node => node.close()))
  }

  /** The gateway ended by itself: it is told, and starts again where it was. */
  #lost (gateway: Gateway, error: Error): void {
    if (!this.#isOn || this.#gateway !== gateway) return
    this.#gateway = undefined
    this.#fail(error)
    this.#queue(async () => {
      // It would notice by itself, seconds later.
      await this.wechaty.puppet.stop().catch(() => {})
      for (let wait = RESTART.first; !this.#isStopping; wait = Math.min(2 * wait, RESTART.cap)) {
        await new Promise(resolve => setTimeout(resolve, wait))
        try {
          await this.#open()
          return
        } catch (again) {
          this.#fail(again as Error)
        }
      }
    })
  }

  async #look (): Promise<void> {
    try {
      const { accounts } = await this.#gateway!.status()
      for (const node of this.#nodes) node.stands(accounts.find(({ name }) => name === node.name()))
    } catch {
      // What ends or starts tells so itself.
    }
  }

  #comeBack (): void {
    const { puppet, state } = this.wechaty
    if (this.#gateway && state.active() && puppet.state.inactive() === true) puppet.start().catch(() => {})
  }

  #fail (error: Error): void {
    this.#failure = error
    try {
      (this.wechaty as any).emit('error', error)
    } finally {
      this.#failure = undefined
    }
  }
}

async function tables (nodes: HANode[]) {
  return Promise.all(nodes.map(node => node.table()))
}

function told (level: Level, text: string): void {
  switch (level) {
    case 'ERROR': return log.error('HAWechaty', '%s', text)
    case 'WARN': return log.warn('HAWechaty', '%s', text)
    case 'INFO': return log.verbose('HAWechaty', '%s', text)
    case 'DEBUG':
    case 'TRACE': return log.silly('HAWechaty', '%s', text)
  }
}
