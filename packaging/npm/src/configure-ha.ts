import { getWechatyOptionsListFromEnv } from './from-env.js'
import { HAWechaty, type HAWechatyOptions } from './ha-wechaty.js'
import { newMemory } from './stock.js'

export interface ConfigureHaOptions extends Omit<HAWechatyOptions, 'wechatyOptionsList'> {
  /** Taken, as `ducks` are: there is no Redux here any more. */
  reduxDevTools?: boolean | 'remote'
  remoteReduxDevToolsOptions?: unknown
}

let isConfigured = false

/**
 * The team of this process, of the accounts that `HA_WECHATY_PUPPET` and `HA_WECHATY_PUPPET_TOKEN` name, if they do. A store is kept for a name that
 * was given, and for no other: two programs would have the same.
 *
 * @throws Error if it is called twice, or if the environment has mistakes.
 */
export function configureHa (options: ConfigureHaOptions = {}): HAWechaty {
  if (isConfigured) throw new Error('configureHa() was called before: a process has one such team; make others with new HAWechaty()')
  const name = options.name ?? 'ha-wechaty'
  const memory = options.memory ?? newMemory(name)
  const wechatyOptionsList = getWechatyOptionsListFromEnv(process.env, name, memory)
  const ha = new HAWechaty({ ...options, memory, wechatyOptionsList })
  isConfigured = true
  return ha
}
