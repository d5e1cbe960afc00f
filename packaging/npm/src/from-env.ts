/** The accounts that the environment names, as the original's does. */
import type { AccountOptions } from './account.js'
import { newMemory } from './stock.js'

/** Any environment; `process.env` is one. */
export type HAWechatyEnv = Record<string, string | undefined>

/**
 * An account for each puppet in `HA_WECHATY_PUPPET`, with its token in `HA_WECHATY_PUPPET_TOKEN`; both are lists with `:` between. Or, as first versions
 * had it, one for each token in `HA_WECHATY_PUPPET_<PROTOCOL>_TOKEN`, with endpoints in `HA_WECHATY_PUPPET_<PROTOCOL>_ENDPOINT`, with `,` between.
 *
 * @throws Error if there are not as many tokens as puppets.
 */
export function getWechatyOptionsListFromEnv (env: HAWechatyEnv, name = 'ha-wechaty', memory: any = newMemory(name)): AccountOptions[] {
  const puppets = env.HA_WECHATY_PUPPET?.split(':') ?? []
  const isByProtocol = env.HA_WECHATY_PUPPET_TOKEN === undefined && puppets.some(puppet => env[tokensOf(puppet)] !== undefined)
  const accounts = isByProtocol ? byProtocol(env, puppets) : inTurn(env, puppets)
  return accounts.map(({ puppet, puppetOptions }, index) => {
    const own = `${name}<${puppet}>`
    return { memory: memory.multiplex(own).multiplex(String(index)), name: `${own}#${index}`, puppet, puppetOptions }
  })
}

function inTurn (env: HAWechatyEnv, puppets: string[]) {
  const tokens = env.HA_WECHATY_PUPPET_TOKEN?.split(':') ?? []
  if (puppets.length !== tokens.length) {
    throw new Error(
      `HA_WECHATY_PUPPET names ${puppets.length} puppets, and HA_WECHATY_PUPPET_TOKEN has ${tokens.length} tokens: write one for each, like ` +
      'token_1:token_2, and nothing between two ":" for a puppet that needs none',
    )
  }
  return puppets.map((puppet, index) => ({ puppet, puppetOptions: { token: tokens[index] } as Record<string, any> }))
}

function byProtocol (env: HAWechatyEnv, puppets: string[]) {
  return puppets.flatMap(puppet => {
    const endpoints = env[tokensOf(puppet).replace(/TOKEN$/, 'ENDPOINT')]?.split(',') ?? []
    const tokens = env[tokensOf(puppet)]?.split(':') ?? []
    return tokens.map((token, index) => {
      const endpoint = endpoints[index]
      return { puppet, puppetOptions: { ...endpoint ? { endpoint } : {}, token } as Record<string, any> }
    })
  })
}

function tokensOf (puppet: string): string {
  return `HA_WECHATY_PUPPET_${puppet.replace(/^wechaty-puppet-/, '').replaceAll('-', '_').toUpperCase()}_TOKEN`
}
