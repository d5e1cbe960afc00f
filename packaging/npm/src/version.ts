import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { here } from '#here'

const packed = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as { version: string }

/** The version of this package. */
export const VERSION = packed.version
