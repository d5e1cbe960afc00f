/**
 * The methods of the stock TypeScript client, read from its prototypes, so that none can be forgotten.
 */
import { EventEmitter } from 'node:events'
import { PuppetService } from 'wechaty-puppet-service'

/** Names of everything callable on a client, but for what Node's EventEmitter brings. */
export function clientMethods () {
  const names = new Set()
  for (let proto = PuppetService.prototype; proto !== EventEmitter.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return [...names].sort()
}

export { LOCAL_METHODS } from './local-methods.js'
