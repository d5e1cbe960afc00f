/**
 * The package for Node, installed in an empty folder: what the original's users write runs on it, around two stock accounts.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { NpmPackage } from '../src/npm-package.js'
import { rewritten, specsOf, table } from '../src/original-specs.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'
import { TEA } from '../src/world.js'

/** npm fetches some 200 packages, and the compiler compiles twice. */
const PATIENCE = 600_000

const AUTHORITY = fileURLToPath(new URL('../certificates/localhost.pem', import.meta.url))

/** The room that the original's README asks for. */
const arrange = world => { world.rooms[TEA].topic = 'ding room' }

let installed, wechat
before(async () => {
  [wechat, installed] = await Promise.all([WeChat.open({ accounts: ['north', 'south'], arrange, tls: 'off' }), NpmPackage.install('wechaty-puppet-mock@1.19.4')])
}, { timeout: PATIENCE })
after(async () => {
  await wechat?.close()
  installed?.close()
})

/** Options of both accounts, as a program for the original has them. */
const accounts = () => wechat.accounts.map(({ endpoint, name, token }) => ({
  name, puppet: 'wechaty-puppet-service', puppetOptions: { endpoint, tls: { disable: true }, token },
}))

/** A team that answers ding, and tells what it hears. */
const DING_DONG = `
  const team = new packages.HAWechaty(given)
  team.on('login', user => tell({ login: user.id }))
  team.on('error', error => tell({ failed: error.message, isGateway: error instanceof packages.GatewayError }))
  team.on('message', async message => {
    tell({ heard: message.text() })
    if (message.text().startsWith('ding') && !message.self()) await message.say(message.text().replace('ding', 'dong'))
  })
  return team`

const isAlive = pid => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A person says ding; the team hears it once, and one of its accounts answers once. */
async function dingDong (driver, number) {
  await wechat.sayInRoom('wxid_alice', TEA, `ding ${number}`)
  await until(() => wechat.delivered(`dong ${number}`).length > 0, { seen: () => [driver.told, driver.output.slice(-3_000)], what: `dong ${number}`, within: 60_000 })
  assert.equal(wechat.delivered(`dong ${number}`).length, 1)
  assert.equal(driver.told.filter(({ heard }) => heard === `ding ${number}`).length, 1)
}

for (const kind of ['mjs', 'cjs']) {
  test(`two stock accounts are one bot (${kind})`, { timeout: PATIENCE }, async t => {
    const driver = await installed.driver(kind)
    t.after(() => driver.close())
    const [north, south] = accounts()
    await driver.does(DING_DONG, { name: `team-${kind}`, wechatyOptionsList: [north, south] })
    await driver.does('await ha.start(); await ha.ready()')
    await driver.untilTold(({ login }) => login === `team-${kind}`, 'it is logged in, as the team')
    await until(async () => (await driver.does('return ha.nodes().filter(node => node.logonoff()).length')) === 2, { what: 'both are there' })
    await dingDong(driver, `${kind} 1`)

    const seen = await driver.does(`
      const room = await ha.Room.find({ topic: 'ding room' })
      const alice = await ha.Contact.find({ name: 'Alice' })
      const [loaded, nobody] = [await ha.Room.load(room.id), await ha.Contact.load('wxid_nobody')]
      await room.say(given)
      return {
        alice: alice.id, contacts: (await ha.Contact.findAll()).length, isOn: ha.logonoff(), loaded: loaded.id, name: ha.name(), nobody,
        rooms: (await ha.Room.findAll()).map(({ id }) => id), version: ha.version() === packages.VERSION && packages.getHa(ha.id) === ha,
      }`, `hello ${kind}`)
    assert.deepEqual({ ...seen, contacts: seen.contacts > 2, rooms: seen.rooms.sort() }, {
      alice: 'wxid_alice', contacts: true, isOn: true, loaded: TEA, name: 'north,south', nobody: null, rooms: Object.keys(wechat.world.rooms).sort(), version: true,
    })
    assert.equal(wechat.delivered(`hello ${kind}`).length, 1)

    await t.test('one leaves and comes back while it works', async () => {
      await driver.does('await ha.remove("south")')
      await until(() => !wechat.account('south').streamOpen, { what: 'south is left' })
      await dingDong(driver, `${kind} 2`)
      assert.equal(wechat.delivered(`dong ${kind} 2`)[0].account, 'north')
      // Of two in a row, the one that can't be does not take the other with it.
      await driver.does('ha.add(given); ha.add({ name: "bad", puppet: "wechaty-puppet-service", puppetOptions: { endpoint: "nowhere", token: "insecure_x" } }); await ha.settled()', south)
      assert.equal(await driver.does('return ha.name()'), 'north,south')
      await wechat.untilWatched(['south'])
      await until(async () => (await driver.does('return ha.nodes().filter(node => node.logonoff()).length')) === 2, { what: 'both are there again' })
    })

    await t.test('one that can not be an account changes nothing, and says why', async () => {
      await driver.does('ha.add({ puppet: "wechaty-puppet-service", puppetOptions: { endpoint: "nowhere", token: "insecure_x" } }); await ha.settled()')
      await driver.untilTold(({ failed }) => failed?.includes('"nowhere" has no port'), 'it fails')
      assert.equal(await driver.does('return ha.name()'), 'north,south')
      await dingDong(driver, `${kind} 3`)
    })

    await t.test('a listener that fails is an error, and one that is taken off hears nothing', async () => {
      await driver.does(`
        const fails = async () => { throw new Error('a listener failed') }
        ha.once('message', fails)
        ha.on('message', tell).off('message', tell)`)
      await wechat.sayInRoom('wxid_alice', TEA, `something ${kind}`)
      await driver.untilTold(({ failed }) => failed === 'a listener failed', 'it is told')
      await dingDong(driver, `${kind} once more`)
      assert.equal(driver.told.filter(({ failed }) => failed === 'a listener failed').length, 1)
    })

    await t.test('a gateway that is killed is there again', async () => {
      const { pid } = (await driver.does('return ha.status()')).gateway
      process.kill(pid, 'SIGKILL')
      const { isGateway } = await driver.untilTold(({ failed }) => failed?.includes('SIGKILL'), 'it is told')
      assert.ok(isGateway)
      await until(async () => (await driver.does('return ha.status()').catch(() => undefined))?.team.available, { what: 'another one has its accounts', within: 60_000 })
      await dingDong(driver, `${kind} 4`)
    })

    await t.test('all are logged out, and work again as soon as somebody scans', async () => {
      const isIn = () => driver.does('return ha.nodes().filter(node => node.logonoff()).length')
      await until(async () => (await isIn()) === 2, { what: 'both are there' })
      await driver.does('await ha.logout()')
      await until(async () => (await isIn()) === 0 && !await driver.does('return ha.logonoff()'), { what: 'both are logged out' })
      for (const name of ['north', 'south']) await wechat.account(name).order('logIn')
      await until(async () => (await isIn()) === 2 && driver.does('return ha.logonoff()'), { what: 'both are there again' })
      await dingDong(driver, `${kind} 5`)
    })

    const { pid } = (await driver.does('return ha.status()')).gateway
    await driver.does('await ha.stop()')
    assert.ok(!isAlive(pid))
    assert.ok(existsSync(join(installed.home, 'data/ha-wechaty', `team-${kind}.db`)), 'a team with a name keeps a store')
    assert.deepEqual(driver.told.filter(({ uncaught }) => uncaught), [])
  })
}

test('the child ends with its parent, also when that is killed, and leaves no tokens', { timeout: PATIENCE }, async t => {
  const TMPDIR = join(installed.home, 'tmp')
  const left = ['ha-wechaty-run-of-one-that-was-killed', 'ha-wechaty-run-of-one-that-starts']
  for (const name of left) mkdirSync(join(TMPDIR, name), { recursive: true })
  utimesSync(join(TMPDIR, left[0]), new Date(), new Date(Date.now() - 7_200_000))
  const driver = await installed.driver('mjs', { TMPDIR })
  t.after(() => driver.close())
  const [north, south] = accounts()
  await driver.does(DING_DONG, { wechatyOptionsList: [north] })
  const pid = await driver.does('await ha.start(); return (await ha.status()).gateway.pid')
  assert.deepEqual(readdirSync(TMPDIR), [left[1]], 'it is read and removed, and what was left by another before')
  await driver.does('ha.add(given); await ha.settled()', south)
  assert.equal((await driver.does('return ha.status()')).accounts.length, 2)
  assert.deepEqual(readdirSync(TMPDIR), [left[1]])
  assert.ok(isAlive(pid))
  await driver.close()
  await until(() => !isAlive(pid), { what: 'it ends' })
  assert.ok(!existsSync(join(installed.home, 'data/ha-wechaty/ha-wechaty.db')), 'a team without a name keeps nothing')
})

test('it is killed if it does not serve in time, and else not', { timeout: PATIENCE }, async t => {
  const startsWithin = 5_000
  const start = `
    const { Gateway } = await import(given.module)
    const gateway = await Gateway.start({ config: {}, isKept: false, name: 'limit', port: 0, startsWithin: given.startsWithin, token: 'insecure_x', told: () => {} }, given.tables)
    await new Promise(resolve => setTimeout(resolve, given.startsWithin + 100))
    return gateway.hasEnded`
  const given = {
    module: String(pathToFileURL(join(installed.folder, 'node_modules/ha-wechaty/dist/esm/gateway.js'))),
    tables: [{ endpoint: '127.0.0.1:1', name: 'one', puppet: 'wechaty-puppet-service', token: 'insecure_x' }],
  }
  const silent = join(installed.home, 'silent')
  writeFileSync(silent, '#!/usr/bin/env node\nsetInterval(() => {}, 1_000)\n')
  chmodSync(silent, 0o755)
  const [serves, hangs] = await Promise.all([installed.driver(), installed.driver('mjs', { HA_WECHATY_BIN: silent })])
  t.after(() => Promise.all([serves.close(), hangs.close()]))
  await assert.rejects(hangs.does(start, { ...given, startsWithin: 200 }), /did not serve within 0\.2 s/)
  assert.equal(await serves.does(start, { ...given, startsWithin }), false)
})

test('accounts that come and go while it starts, and a gateway that dies then', { timeout: PATIENCE }, async t => {
  const driver = await installed.driver()
  t.after(() => driver.close())
  const [north, south] = accounts()
  const names = async () => (await driver.does('return ha.status()')).accounts.map(({ name }) => name)
  await driver.does(DING_DONG, { wechatyOptionsList: [north] })
  await driver.does('const started = ha.start(); await Promise.resolve(); ha.add(given); const removed = ha.remove("north"); await started; await removed; await ha.settled()', south)
  assert.deepEqual(await names(), ['south'])
  assert.equal(await driver.does('return ha.name()'), 'south')
  await driver.does('await ha.stop()')

  await assert.rejects(driver.does(`
    ha.wechaty.start = async () => {
      const { pid } = (await ha.status()).gateway
      process.kill(pid, 'SIGKILL')
      const isThere = () => { try { return process.kill(pid, 0) } catch { return false } }
      while (isThere()) await new Promise(resolve => setTimeout(resolve, 10))
    }
    try { await ha.start() } finally { delete ha.wechaty.start }`), { message: 'the gateway was ended by SIGKILL', name: 'GatewayError' })
  await driver.does('await ha.start(); await ha.ready()')
  assert.deepEqual(await names(), ['south'])
  // A service with an authority of its own is told to the gateway as a file.
  const caCert = readFileSync(AUTHORITY, 'utf8')
  await driver.does('ha.add(given); await ha.settled()', { ...north, puppetOptions: { ...north.puppetOptions, tls: { caCert, serverName: 'localhost' } } })
  assert.deepEqual(await names(), ['south', 'north'])
  await driver.does('await ha.stop()')
})

test('an account has what the stock puppet would have', { timeout: PATIENCE }, async () => {
  const { accountTable } = await import(pathToFileURL(join(installed.folder, 'node_modules/ha-wechaty/dist/esm/account.js')))
  const made = (puppet, puppetOptions, env = {}) => {
    Object.assign(process.env, env)
    try {
      const { name: _, ...table } = accountTable('one', { puppet, puppetOptions })
      return JSON.parse(JSON.stringify(table))
    } finally {
      for (const name of Object.keys(env)) delete process.env[name]
    }
  }
  const service = 'wechaty-puppet-service'
  assert.deepEqual(made(service, { endpoint: 'a:1', tls: { caCert: 'PEM', serverName: 'b' }, token: 't' }), { endpoint: 'a:1', puppet: service, tls: { ca: 'PEM', server_name: 'b' }, token: 't' })
  assert.deepEqual(made(service, { token: 't' }, { WECHATY_PUPPET_SERVICE_TLS_CA_CERT: 'one\\ntwo', WECHATY_PUPPET_SERVICE_TLS_SERVER_NAME: 'b' }), { puppet: service, tls: { ca: 'one\ntwo', server_name: 'b' }, token: 't' })
  assert.deepEqual(made(service, { tls: { caCert: 'PEM', disable: true }, token: 't' }), { puppet: service, tls: 'off', token: 't' })
  assert.deepEqual(made(service, { token: '' }, { WECHATY_PUPPET_SERVICE_TOKEN: 't' }), { puppet: service, token: 't' })
  assert.deepEqual(made('wechaty-puppet-hostie', { token: '' }, { WECHATY_PUPPET_SERVICE_TOKEN: 't' }), { puppet: 'wechaty-puppet-hostie', token: 't' })
  assert.deepEqual(made('@juzi/wechaty-puppet-service', { endpoint: 'a:1', token: 't' }), { endpoint: 'a:1', puppet: service, token: 't' })
  assert.deepEqual(made('wechaty-puppet-padlocal', { token: '' }, { WECHATY_PUPPET_PADLOCAL_TOKEN: 't' }), { puppet: 'wechaty-puppet-padlocal', token: 't' })
})

test('two tarballs install without a network, and look for no other', { timeout: PATIENCE }, async () => {
  const alone = join(installed.home, 'alone')
  mkdirSync(alone)
  await installed.npm('install', '--prefix', alone, '--offline', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', ...installed.tarballs)
  assert.deepEqual(readdirSync(join(alone, 'node_modules')).filter(name => !name.startsWith('.')), ['@ha-wechaty', 'ha-wechaty'])
  const { optionalDependencies } = JSON.parse(readFileSync(join(alone, 'node_modules/ha-wechaty/package.json'), 'utf8'))
  assert.deepEqual(Object.keys(optionalDependencies), readdirSync(join(alone, 'node_modules/@ha-wechaty')).map(name => `@ha-wechaty/${name}`))
})

test('what goes wrong is told in the gateway\'s words', { timeout: PATIENCE }, async t => {
  const driver = await installed.driver()
  t.after(() => driver.close())
  const start = given => driver.does('await new packages.HAWechaty(given).start()', given)
  await assert.rejects(start({}), /no account/)
  const [north] = accounts()
  await assert.rejects(start({ config: { team: { polciy: 'sticky' } }, wechatyOptionsList: [north] }), error => {
    assert.equal(error.name, 'GatewayError')
    assert.match(error.message, /^the gateway ended \(2\): team\.polciy: is unknown; did you mean policy\?$/)
    return true
  })
  await assert.rejects(start({ config: { 'bot.token': 'x' }, wechatyOptionsList: [north] }), /set by this package/)
  await assert.rejects(start({ config: { store: { path: 'memory' } }, wechatyOptionsList: [north, north] }), /two accounts are called north/)
})

/** What a program prints that runs there to its end, in an environment in which no puppet can be installed. */
async function ran (program, env = {}) {
  const running = spawn(process.execPath, program.split(' '), {
    cwd: installed.folder, env: { ...installed.env, HA_WECHATY_HOST_NPM: 'false', NODE_TEST_CONTEXT: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, log] = ['', '']
  running.stdout.setEncoding('utf8').on('data', text => { output += text })
  running.stderr.setEncoding('utf8').on('data', text => { log += text })
  const [code] = await once(running, 'exit')
  assert.equal(code, 0, output + log)
  return output
}

test('the usage of the first README runs', { timeout: PATIENCE }, async () => {
  const [north] = wechat.accounts
  installed.write('usage.mts', `
    import { HAWechaty } from 'ha-wechaty'
    import { WechatyOptions } from 'wechaty'

    const hostieWechatyOptions: WechatyOptions = {
      puppet: 'wechaty-puppet-hostie',
      puppetOptions: { token: '${north.token}' }
    }
    const padplusWechatyOptions: WechatyOptions = {
      puppet: 'wechaty-puppet-padplus',
      puppetOptions: { token: 'padplus-token' }
    }
    const haWechaty = new HAWechaty({
      name: 'high-available-wechaty',
      wechatyOptionsList: [ hostieWechatyOptions, padplusWechatyOptions ]
    })
    await haWechaty.start()

    const room = await haWechaty.Room.find({ topic: 'ding room' })
    if (room) await room.say('ding of the first README')
    console.log(JSON.stringify(haWechaty.nodes().map(node => [node.name(), node.standing])))
    await haWechaty.stop()
  `)
  // The types of wechaty 1.x know neither puppet any more; ours do.
  const said = await installed.tsc('usage.mts', '--module', 'Node16', '--moduleResolution', 'Node16', '--target', 'ES2022', '--skipLibCheck')
  assert.deepEqual(said.match(/error TS\d+/g).length, 2, said)
  assert.deepEqual(said.match(/(?<=Type '")[^"]+/g), ['wechaty-puppet-hostie', 'wechaty-puppet-padplus'], said)
  const output = await ran('usage.mjs', { WECHATY_PUPPET_HOSTIE_ENDPOINT: north.endpoint })
  assert.equal(wechat.delivered('ding of the first README').length, 1)
  const [hostie, padplus] = JSON.parse(output.split('\n').find(line => line.startsWith('[[')))
  assert.deepEqual(hostie, ['hostie-1', 'available'])
  assert.equal(padplus[0], 'padplus-1')
  assert.match(padplus[1], /install/)
})

test('the usage of the last README runs, and the specs that came with it', { timeout: PATIENCE }, async t => {
  // Beside ours, and without what it needs itself: it never runs.
  const original = join(installed.home, 'package')
  const { stdout } = await installed.npm('pack', '--silent', '--prefer-offline', '--pack-destination', installed.home, 'ha-wechaty@0.9.12')
  execFileSync('tar', ['-xzf', join(installed.home, stdout.trim()), '-C', installed.home])
  const [, south] = wechat.accounts
  await t.test('the usage', async () => {
    const readme = readFileSync(join(original, 'README.md'), 'utf8')
    const usage = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code).find(code => code.includes('configureHa()'))
    const before = wechat.delivered('ding').length
    installed.write('last.mjs', [
      // What it forgets to import, and what wechaty 1.x has another name for.
      'import { configureHa } from \'ha-wechaty\'',
      usage.replace('import { Wechaty } from \'wechaty\'', 'import { WechatyBuilder } from \'wechaty\'; function Wechaty (options) { return WechatyBuilder.build(options) }')
        .replace('puppet-service-token', south.token),
      'console.log(JSON.stringify(haWechaty.nodes().map(node => [node.name(), node.logonoff()])))',
      'await haWechaty.stop()',
    ].join('\n'))
    const output = await ran('last.mjs', { WECHATY_PUPPET_SERVICE_ENDPOINT: south.endpoint, WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT: 'true' })
    assert.deepEqual(JSON.parse(output.split('\n').find(line => line.startsWith('[['))), [['service-1', true], ['padlocal-1', false]])
    assert.equal(wechat.delivered('ding').length, before + 1)
    assert.ok(!existsSync(join(installed.home, 'data/ha-wechaty/ha-wechaty.db')), 'a name that nobody gave keeps nothing')
  })
  await t.test('the specs', async () => {
    const rows = table()
    assert.deepEqual([...rows.keys()].sort(), specsOf(original), 'each has a row in docs/npm.md')
    for (const [path] of [...rows].filter(([, runs]) => runs)) {
      const { spec, tstest } = rewritten(original, path)
      installed.write('tstest.mjs', tstest)
      installed.write('spec.mjs', spec)
      const said = await ran('--test-reporter=tap spec.mjs')
      assert.match(said, /# fail 0/, said)
      t.diagnostic(`${path}: ${said.match(/# pass (\d+)/)[1]} pass, ${said.match(/# skipped (\d+)/)[1]} skipped`)
    }
  })
})

test('configureHa makes accounts of the environment, in both forms', { timeout: PATIENCE }, async t => {
  const [north, south] = wechat.accounts
  const driver = await installed.driver('mjs', {
    HA_WECHATY_PUPPET: 'wechaty-puppet-hostie',
    HA_WECHATY_PUPPET_HOSTIE_ENDPOINT: `${north.endpoint},${south.endpoint}`,
    HA_WECHATY_PUPPET_HOSTIE_TOKEN: `${north.token}:${south.token}`,
    // Nobody is there; what stays on this machine does not go through it.
    https_proxy: 'http://127.0.0.1:9',
    no_proxy: 'example.com',
  })
  t.after(() => driver.close())
  await driver.does('const team = packages.configureHa({ name: "by-environment" }); team.on("login", user => tell({ login: user.id })); return team')
  await driver.does('await ha.start(); await ha.ready()')
  await until(async () => (await driver.does('return ha.nodes().filter(node => node.logonoff()).length')) === 2, { what: 'both are there' })
  assert.equal(await driver.does('return ha.name()'), 'hostie-1,hostie-2')
  assert.equal(await driver.does('return process.env.no_grpc_proxy'), 'example.com,127.0.0.1')
  await driver.does('await ha.stop()')
  await assert.rejects(driver.does('packages.configureHa()'), /was called before/)
  const both = await driver.does('return packages.getWechatyOptionsListFromEnv({ HA_WECHATY_PUPPET: "a:b", HA_WECHATY_PUPPET_TOKEN: "1:" }).map(it => [it.puppet, it.puppetOptions.token])')
  assert.deepEqual(both, [['a', '1'], ['b', '']])
})

test('a puppet that was made in the program is an account', { timeout: PATIENCE }, async t => {
  const driver = await installed.driver()
  t.after(() => driver.close())
  await driver.does(`
    const [{ PuppetMock, mock }, { MemoryCard }] = [await import('wechaty-puppet-mock'), await import('memory-card')]
    const mocker = new mock.Mocker()
    const team = new packages.HAWechaty()
    team.on('message', async message => { if (message.text() === 'ding') await message.say('dong') })
    const bot = packages.wechaty.WechatyBuilder.build({ memory: new MemoryCard('made-here'), name: 'made-here', puppet: new PuppetMock({ mocker }) })
    bot.on('message', () => {})
    team.add(bot)
    await team.start()
    await team.stop()
    await team.start()
    const [user, friend] = mocker.createContacts(2)
    mocker.login(user)
    await team.ready()
    user.on('message', message => {})
    friend.on('message', message => tell({ friend: message.text() }))
    friend.say('ding').to(user)
    tell({ nodes: team.nodes().map(node => [node.name(), node.wechaty === bot]) })
    return team`)
  assert.deepEqual((await driver.untilTold(({ nodes }) => nodes, 'it is added')).nodes, [['made-here', true]])
  await driver.untilTold(({ friend }) => friend === 'dong', 'the friend is answered')
  assert.match(driver.output, /has listeners or plugins of its own/)
  await driver.does('await ha.stop()')
})

test('types are those of the stock package, and more', { timeout: PATIENCE }, async () => {
  installed.write('types.mts', `
    import { configureHa, getHa, HAWechaty, VERSION, type WechatyOptions } from 'ha-wechaty'
    import type { Message, Room } from 'wechaty'

    const hostie: WechatyOptions = { puppet: 'wechaty-puppet-hostie', puppetOptions: { token: 'hostie-token' } }
    const ha: HAWechaty = new HAWechaty({ name: 'a team', wechatyOptionsList: [hostie] })
    ha.on('message', (message: Message) => message.say('hello')).once('scan', (code, status) => console.log(code.length, status))
    ha.use(wechaty => { wechaty.on('login', user => console.log(user.name())) })
    const room: Room | undefined = await ha.Room.find({ topic: /ding/ })
    const names: string[] = ha.nodes().map(node => node.name())
    const version: string = VERSION
    configureHa({ name: 'another' }).add(ha.wechaty).id === getHa(ha.id).id
    void [names, room, version]
    // @ts-expect-error it is no event
    ha.on('mesage', () => {})
  `)
  const all = await Promise.all([['Node16', 'Node16'], ['ESNext', 'Bundler']].map(([module, resolution]) => {
    return installed.tsc('--noEmit', '--strict', '--skipLibCheck', '--target', 'ES2022', '--module', module, '--moduleResolution', resolution, 'types.mts')
  }))
  assert.deepEqual(all.map(said => said.trim()), ['', ''])
})

test('npx runs the program: its words, its exit, its signals', { timeout: PATIENCE }, async t => {
  const npx = (...words) => spawn('npx', ['--no', 'ha-wechaty', ...words], { cwd: installed.folder, detached: true, env: installed.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const begun = performance.now()
  const demo = npx('demo', '--listen', '127.0.0.1:0')
  t.after(() => { try { process.kill(-demo.pid, 'SIGKILL') } catch { /* It has ended. */ } })
  let said = ''
  demo.stdout.setEncoding('utf8').on('data', text => { said += text })
  demo.stderr.resume()
  await until(() => said.includes('\n'), { seen: () => said, what: 'its first line', within: 10_000 })
  t.diagnostic(`the first line of the demo after ${Math.round(performance.now() - begun)} ms`)
  const wrong = npx('nonsense')
  const [code] = await once(wrong, 'exit')
  assert.equal(code, 2)

  const bin = join(installed.folder, 'node_modules/ha-wechaty/bin/ha-wechaty.cjs')
  const ended = async signal => {
    const running = spawn(process.execPath, [bin, 'demo', '--listen', '127.0.0.1:0'], { env: installed.env, stdio: ['ignore', 'pipe', 'ignore'] })
    let shown = ''
    running.stdout.setEncoding('utf8').on('data', text => { shown += text })
    await until(() => shown.includes('http://'), { seen: () => shown, what: 'the demo runs' })
    running.kill(signal)
    return once(running, 'exit')
  }
  assert.deepEqual(await ended('SIGTERM'), [0, null])
  assert.deepEqual(await ended('SIGQUIT'), [null, 'SIGQUIT'])

  const nothing = spawn(process.execPath, [bin, '--version'], { env: { ...installed.env, HA_WECHATY_BIN: '/nowhere/ha-wechaty' }, stdio: ['ignore', 'ignore', 'pipe'] })
  const [, why] = await Promise.all([once(nothing, 'exit'), once(nothing.stderr, 'data')])
  assert.equal(String(why), 'ha-wechaty: HA_WECHATY_BIN names /nowhere/ha-wechaty, where nothing is\n')
})
