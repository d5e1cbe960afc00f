/** The stock packages that wechaty itself depends on, in the copies that it uses. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { here } from '#here'

export function ofWechaty (name: string): any {
  const wechaty = createRequire(join(here, 'package.json')).resolve('wechaty')
  return createRequire(wechaty)(name)
}
