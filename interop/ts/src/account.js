/**
 * One process = one WeChat account behind the stock `PuppetServer`, as a puppet service provider runs
 * it. A parent process drives it over IPC (`wechat.js`); by hand it runs alone, in a world of its own:
 *
 *     node src/account.js --name north --port 18801 --token insecure_6e3f8c0a-… --tls off
 */
import './quiet.js'

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { Journal } from './journal.js'
import { FileShelf, MessageLog } from './message-log.js'
import { makeOlder } from './older-service.js'
import { seededRandom } from './seeded-random.js'
import { newWorld, selfOf } from './world.js'

const { values: options } = parseArgs({
  options: {
    directory: { type: 'string' },
    generation: { default: 'current', type: 'string' },
    latency: { default: '0', type: 'string' },
    login: { default: 'auto', type: 'string' },
    name: { type: 'string' },
    port: { type: 'string' },
    seed: { default: '1', type: 'string' },
    tls: { default: 'community', type: 'string' },
    token: { type: 'string' },
  },
})

const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'wechat-'))
mkdirSync(join(directory, 'files'), { recursive: true })

/** Whose packages it is made of: the community's, or the fork's. */
const { AccountPuppet, PuppetServer } = options.generation.startsWith('juzi')
  ? { ...await import('@juzi/wechaty-puppet-service'), AccountPuppet: (await import('./juzi-puppet.js')).JuziPuppet }
  : { ...await import('wechaty-puppet-service'), ...await import('./account-puppet.js') }

const report = (what, details) => process.connected && process.send({ details, what })

const puppet = new AccountPuppet({
  acts: new Journal(join(directory, `${options.name}.acts`)),
  log: new MessageLog(join(directory, `${options.name}.messages`)),
  loginMode: options.login,
  accountName: options.name,
  report,
  self: selfOf(options.name),
  shelf: new FileShelf(join(directory, 'files')),
  world: newWorld(),
})
puppet.on('error', () => {})

const latency = Number(options.latency)
if (latency > 0) {
  const random = seededRandom(Number(options.seed))
  const some = () => new Promise(resolve => setTimeout(resolve, random() * latency))
  puppet.pause = { afterSend: some, beforeSend: some }
}

/** What the parent may ask for, by name. */
const orders = {
  ail: ails => { Object.assign(puppet.ails, ails) },
  befriend: friendship => puppet.befriend(friendship),
  emit: ({ event, payload }) => { puppet.emit(event, payload) },
  invite: invitation => puppet.invite(invitation),
  logIn: () => puppet.logIn(),
  logOut: reason => puppet.logout(reason),
  receive: message => puppet.receive(message),
  refuse: texts => { puppet.refusals = texts },
  see: ({ changedRooms, world }) => puppet.see(world, changedRooms),
}

process.on('message', async ({ argument, number, order }) => {
  try {
    process.send({ number, result: await orders[order](argument) })
  } catch (error) {
    process.send({ error: error.message, number })
  }
})
process.on('disconnect', () => process.exit())

if (options.generation === 'older') makeOlder()
if (options.generation === 'juzi-mended') (await import('./mended-service.js')).mend()
await new PuppetServer({
  endpoint: `127.0.0.1:${options.port}`,
  puppet,
  tls: { disable: options.tls === 'off' },
  token: options.token,
}).start()
report('serving', {})
