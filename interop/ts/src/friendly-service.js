/** One account as the community runs it: the stock `PuppetServer` in a process of its own. */
import { parseArgs } from 'node:util'
import { PuppetServer } from 'wechaty-puppet-service'

import FriendlyPuppet from './friendly-puppet.js'

const option = { type: 'string' }
const { values } = parseArgs({ options: { ledger: option, name: option, port: option, token: option } })
const puppet = new FriendlyPuppet(values)
puppet.on('error', error => console.error(error))
await new PuppetServer({ endpoint: `127.0.0.1:${values.port}`, puppet, token: values.token }).start()
