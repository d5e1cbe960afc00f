/** The gateway's configuration, as TOML. */
import type { AccountTable } from './account.js'

/** What a gateway is to be told that only this program knows. */
export interface Wanted {
  accounts: AccountTable[]
  /** Any other keys, in full (`team.policy`), or as objects. */
  config: Record<string, unknown>
  /** Of who may ask how the accounts stand. */
  keyHash: string
  /** Whether what must not be forgotten is kept. */
  isKept: boolean
  listen: string
  name: string
  token: string
}

/** What is this package's, and can't be set otherwise: it would not find its gateway. */
const OURS = ['account', 'admin.tls', 'bot', 'gateway.tls', 'key', 'name']

/** The keys of a configuration, in full, of an object that may be nested. */
function flattened (keys: Record<string, unknown>, before = ''): [string, unknown][] {
  return Object.entries(keys).flatMap(([key, value]): [string, unknown][] => {
    const full = before + key
    // A table of a section; what is deeper is a value.
    const isSection = typeof value === 'object' && value !== null && !Array.isArray(value) && !full.includes('.')
    return isSection ? flattened(value as Record<string, unknown>, `${full}.`) : [[full, value]]
  })
}

/** @throws Error for a key that can't be set, and for what TOML has no words for. */
export function configuration ({ accounts, config, isKept, keyHash, listen, name, token }: Wanted): string {
  const own = flattened(config)
  for (const [key] of own) {
    const ours = OURS.find(it => key === it || key.startsWith(`${it}.`))
    if (ours) throw new Error(`config: ${key} is set by this package itself, and can't be set here`)
  }
  const keys = new Map<string, unknown>([
    ['name', name],
    ['gateway.listen', listen],
    ['gateway.tls', 'off'],
    ['admin.listen', '127.0.0.1:0'],
    ...isKept ? [] : [['store.path', 'memory'] as [string, unknown]],
    ...own,
  ])
  const lines = [...keys].filter(([, value]) => value !== undefined).map(([key, value]) => line(key, value))
  const tables: [string, Record<string, unknown>][] = [
    ['bot', { name: 'main', token }],
    ['key', { hash: keyHash, name: 'node', right: 'admin' }],
    ...accounts.map((account): [string, AccountTable] => ['account', account]),
  ]
  for (const [table, values] of tables) {
    lines.push(`[[${table}]]`)
    for (const [key, value] of Object.entries(values)) if (value !== undefined) lines.push(line(key, value))
  }
  return `${lines.join('\n')}\n`
}

function line (key: string, value: unknown): string {
  return `${key.split('.').map(quotedKey).join('.')} = ${written(key, value)}`
}

function quotedKey (key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : text(key)
}

/** JSON's strings are TOML's, but for DEL, which TOML wants escaped. */
function text (value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

function written (key: string, value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (Array.isArray(value)) return `[${value.map(item => written(key, item)).join(', ')}]`
  const isPlain = typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
  if (isPlain) {
    const parts = Object.entries(value).filter(([, part]) => part !== undefined && part !== null)
    return `{ ${parts.map(([part, of]) => `${quotedKey(part)} = ${written(`${key}.${part}`, of)}`).join(', ')} }`
  }
  throw new Error(`${key} is ${typeof value === 'function' ? 'a function' : String(value)}, which can't be given to another process: leave it out`)
}
