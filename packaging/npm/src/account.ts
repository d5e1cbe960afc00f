/** What a Wechaty would have been made with, as an account of the team. */
import { resolve } from 'node:path'

import type { Wechaty } from 'wechaty'

/** Options of a Wechaty: those of the stock package, with any puppet's name. */
export interface AccountOptions {
  /** Of the account too, where it can be: 1 to 32 of `a-z`, `0-9` and `-`. Bots keep it as part of ids. */
  name?: string
  /** A package of npm, or a folder, or a puppet that was made here and has never been started. */
  puppet?: unknown
  /** What the puppet is made with: `token`, `endpoint`, … */
  puppetOptions?: Record<string, any>
  memory?: unknown
  ioToken?: string
}

/** The values of one `[[account]]`, by their keys. */
export type AccountTable = Record<string, unknown> & { name: string }

/** Accounts whose puppet runs elsewhere, by the gateway's names for them. Which generation of the protocol a service speaks, the gateway finds out. */
const SERVICES: Record<string, 'wechaty-puppet-hostie' | 'wechaty-puppet-service'> = {
  '@juzi/wechaty-puppet-service': 'wechaty-puppet-service',
  'wechaty-puppet-hostie': 'wechaty-puppet-hostie',
  'wechaty-puppet-service': 'wechaty-puppet-service',
}
/** What the stock puppets read of their environment, the first that is set. */
const VARIABLES = {
  'wechaty-puppet-hostie': ['WECHATY_PUPPET_HOSTIE', 'WECHATY_PUPPET_SERVICE'],
  'wechaty-puppet-service': ['WECHATY_PUPPET_SERVICE', 'WECHATY_PUPPET_HOSTIE'],
}
/** The default of the stock package. */
const DEFAULT_PUPPET = 'wechaty-puppet-wechat4u'
const NAME = /^[a-z0-9-]{1,32}$/

/** Whether a puppet was made here: then it is served to the gateway from here. */
export function isPuppet (puppet: unknown): puppet is object {
  return typeof puppet === 'object' && puppet !== null
}

/** The puppet's name; none if it was made here. */
export function puppetName ({ puppet }: AccountOptions): string | undefined {
  if (isPuppet(puppet)) return undefined
  return String(puppet || process.env.WECHATY_PUPPET || DEFAULT_PUPPET)
}

/** What a Wechaty was made with that has never been started. */
export function optionsOf (wechaty: Wechaty | AccountOptions): AccountOptions {
  const made = wechaty as { __options?: AccountOptions, options?: AccountOptions, start?: unknown }
  if (typeof made.start !== 'function') return wechaty as AccountOptions
  const state = (wechaty as any).state
  if (state?.active?.()) {
    throw new Error(`${String(wechaty)} is started already: add it before, and let the team start it`)
  }
  const options = made.__options ?? made.options
  if (!options) throw new Error(`${String(wechaty)} does not tell what it was made with; add its options instead`)
  return options
}

/** A name for the account that none of the others has, and that stays the same as long as they are added in the same order. */
export function accountName (options: AccountOptions, others: ReadonlySet<string>): string {
  if (options.name && NAME.test(options.name)) {
    if (others.has(options.name)) throw new Error(`two accounts are called ${options.name}: give each a name of its own`)
    return options.name
  }
  const puppet = puppetName(options) ?? (options.puppet as object).constructor.name
  const plain = puppet.replace(/^.*\//, '').replace(/@.*$/, '').replace(/^wechaty-puppet-/, '')
  const protocol = plain.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 29) || 'account'
  for (let number = 1; ; number++) {
    const name = `${protocol}-${number}`
    if (!others.has(name)) return name
  }
}

/** The account of a puppet that runs elsewhere, or that the gateway runs. */
export function accountTable (name: string, options: AccountOptions): AccountTable {
  const puppet = puppetName(options)!
  const given = options.puppetOptions ?? {}
  const known = SERVICES[puppet]
  return known ? service(name, known, given) : hosted(name, puppet, given)
}

/** The account of a puppet that is served from here. */
export function servedTable (name: string, endpoint: string, token: string): AccountTable {
  return { name, puppet: 'wechaty-puppet-service', endpoint, tls: 'off', token }
}

function service (name: string, puppet: 'wechaty-puppet-hostie' | 'wechaty-puppet-service', given: Record<string, any>): AccountTable {
  const read = (key: string) => VARIABLES[puppet].map(family => process.env[`${family}_${key}`]).find(Boolean)
  const table: AccountTable = { name, puppet, token: given.token || read('TOKEN') }
  const endpoint = given.endpoint || read('ENDPOINT')
  const authority = given.authority || read('AUTHORITY')
  if (endpoint) table.endpoint = String(endpoint)
  else if (authority) table.authority = String(authority)
  const tls = given.tls ?? {}
  if (tls.disable ?? read('NO_TLS_INSECURE_CLIENT') === 'true') {
    table.tls = 'off'
  } else if (puppet === 'wechaty-puppet-service') {
    // Lines of an authority's text are often written as \n in the environment.
    const ca = tls.caCert || read('TLS_CA_CERT')?.replaceAll('\\n', '\n')
    const serverName = tls.serverName || read('TLS_SERVER_NAME')
    if (ca || serverName) table.tls = { ...ca ? { ca: String(ca) } : {}, ...serverName ? { server_name: String(serverName) } : {} }
  }
  return table
}

function hosted (name: string, puppet: string, given: Record<string, any>): AccountTable {
  const { token, ...others } = given
  // The gateway reads its configuration elsewhere.
  const table: AccountTable = { name, puppet: /^\.{0,2}\//.test(puppet) ? resolve(puppet) : puppet }
  const own = token || process.env[`${puppet.replace(/^@[^/]*\//, '').toUpperCase().replaceAll('-', '_')}_TOKEN`]
  if (own) table.token = own
  if (Object.keys(others).length > 0) table.puppet_options = others
  return table
}
