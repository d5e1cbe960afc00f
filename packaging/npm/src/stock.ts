/** The stock packages that wechaty itself depends on, in the copies that it uses. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { here, moduleOf } from '#here'

function fromWechaty (): NodeJS.Require {
  return createRequire(createRequire(join(here, 'package.json')).resolve('wechaty'))
}

/** The server that shows a puppet to others. */
export async function puppetServer (): Promise<any> {
  return (await moduleOf(fromWechaty().resolve('wechaty-puppet-service'))).PuppetServer
}

/** A memory of the stock package. */
export function newMemory (name: string): any {
  const { MemoryCard } = fromWechaty()('memory-card')
  return new MemoryCard(name)
}
