/**
 * The package for Python: a stock Python bot has a team in its own program.
 *
 * `HA_WECHATY_WHEEL` names a wheel, which `cargo xtask wheel` makes: then it is that, installed where nothing else is; else it is the module as it is
 * in the checkout, with the program that all tests have.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { BARE } from '../src/demo.js'
import { gatewayBinary } from '../src/gateway.js'
import { freePort } from '../src/ports.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'
import { TEA } from '../src/world.js'

const BOT = fileURLToPath(new URL('../../python/team_bot.py', import.meta.url))
const MODULE = fileURLToPath(new URL('../../../packaging/python/src', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../../../docs/python.md', import.meta.url))
const wheel = process.env.HA_WECHATY_WHEEL
const python = process.env.HA_WECHATY_PYTHON ?? 'python3'
const run = promisify(execFile)

const isAlive = pid => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('the package for Python', { timeout: 600_000 }, async t => {
  const home = mkdtempSync(join(tmpdir(), 'wheel-'))
  t.after(() => rmSync(home, { force: true, recursive: true }))
  const env = { ...BARE, HOME: home, PYTHONDONTWRITEBYTECODE: '1', XDG_DATA_HOME: join(home, 'data') }

  await t.test('a wheel brings the program, and a module that finds it', { skip: !wheel && 'HA_WECHATY_WHEEL names no wheel' }, async () => {
    const venv = join(home, 'venv')
    await run(python, ['-m', 'venv', venv])
    await run(join(venv, 'bin/pip'), ['install', '--quiet', '--no-index', '--no-deps', wheel])
    const { stdout: direct } = await run(join(venv, 'bin/ha-wechaty'), ['--version'], { env })
    assert.match(direct, /^ha-wechaty \d/)
    const { stdout: asModule } = await run(join(venv, 'bin/python'), ['-m', 'ha_wechaty', '--version'], { env })
    assert.equal(asModule, direct)
    const { stdout: where } = await run(join(venv, 'bin/python'), ['-c', 'import ha_wechaty; print(ha_wechaty.program())'], { env })
    assert.equal(where.trim(), join(venv, 'bin/ha-wechaty'))
    const begun = performance.now()
    const demo = spawn(join(venv, 'bin/ha-wechaty'), ['demo', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    t.after(() => demo.kill('SIGKILL'))
    let said = ''
    demo.stdout.setEncoding('utf8').on('data', text => { said += text })
    await until(() => said.includes('\n'), { seen: () => said, what: 'its first line', within: 10_000 })
    t.diagnostic(`the first line of the demo after ${Math.round(performance.now() - begun)} ms`)
    demo.kill('SIGKILL')
  })

  // Beside the stock packages.
  const beside = wheel ? join(home, 'beside') : MODULE
  if (wheel) await run(python, ['-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', '--target', beside, wheel])
  const together = { ...env, ...wheel ? {} : { HA_WECHATY_BIN: gatewayBinary() }, PYTHONPATH: beside }
  assert.ok(existsSync(join(beside, 'ha_wechaty/py.typed')))

  await t.test('tells what goes wrong in the gateway\'s words', async () => {
    const tried = async code => run(python, ['-c', `import ha_wechaty\ntry:\n    ${code}\nexcept ha_wechaty.GatewayError as error:\n    print(error)`], { env: together }).then(({ stdout }) => stdout.trim())
    assert.equal(await tried('ha_wechaty.Team([]).start()'), 'the team has no account: name some in accounts')
    assert.equal(
      await tried('ha_wechaty.Team([ha_wechaty.Account(token="insecure_x", endpoint="nowhere")]).start()'),
      'the gateway ended (2): account[0].endpoint: "nowhere" has no port; write host:port',
    )
    const added = 'with ha_wechaty.Team([ha_wechaty.Account(token="insecure_x", endpoint="127.0.0.1:1")]) as team:\n' +
      '        team.add(ha_wechaty.Account(token="insecure_y", endpoint="127.0.0.1:2", name="other")); team.remove("service-1"); print(team.accounts)\n' +
      '        team.add(ha_wechaty.Account(token="insecure_z", endpoint="nowhere"))'
    const [accounts, why] = (await tried(added)).split('\n')
    assert.equal(accounts, '[\'other\']')
    assert.match(why, /account\[1\]\.endpoint: "nowhere" has no port/)
  })

  await t.test('it leaves no tokens, and a stopped one does not look after the next', async () => {
    const TMPDIR = join(home, 'tmp')
    mkdirSync(TMPDIR)
    const program = `
import os, threading, time, ha_wechaty
team = ha_wechaty.Team([ha_wechaty.Account(token="insecure_x", endpoint="127.0.0.1:1")])
team.start()
print(os.listdir(${JSON.stringify(TMPDIR)}))
team.add(ha_wechaty.Account(token="insecure_y", endpoint="127.0.0.1:2"))
print(os.listdir(${JSON.stringify(TMPDIR)}))
for _ in range(3):
    team.stop()
    team.start()
until = time.monotonic() + 10
keepers = lambda: sum(it.name == "ha-wechaty-keeper" for it in threading.enumerate())
while keepers() != 1 and time.monotonic() < until:
    time.sleep(0.01)
print(keepers())
team.stop()
`
    const { stdout } = await run(python, ['-c', program], { env: { ...together, TMPDIR } })
    assert.deepEqual(stdout.trim().split('\n'), ['[]', '[]', '1'])
    assert.deepEqual(readdirSync(TMPDIR), [])
  })

  await t.test('what docs/python.md shows runs as it stands there', async () => {
    const wechat = await WeChat.open({ accounts: ['north', 'south'], tls: 'off' })
    t.after(() => wechat.close())
    const [, shown] = /```python\n([^]*?)```/.exec(readFileSync(DOCUMENT, 'utf8'))
    const accounts = wechat.accounts.map(({ endpoint, token }) => `ha_wechaty.Account(token="${token}", endpoint="${endpoint}", tls="off"),`)
    const program = shown.replace(/ha_wechaty\.Account\([^)]*\),/g, () => accounts.shift())
    assert.deepEqual(accounts, [], 'it names two accounts')
    const bot = spawn(python, ['-c', program], { cwd: home, env: together, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(bot, 'exit')
    t.after(() => bot.kill('SIGKILL'))
    let said = ''
    for (const stream of [bot.stdout, bot.stderr]) stream.setEncoding('utf8').on('data', text => { said += text })
    await until(() => /login/.test(said) || bot.exitCode !== null, { seen: () => said.slice(-3_000), what: 'it is logged in', within: 90_000 })
    assert.equal(bot.exitCode, null, said)
    bot.kill('SIGKILL')
    await ended
  })

  await t.test('a stock bot is answered by a team, which ends with it', async () => {
    const wechat = await WeChat.open({ accounts: ['north', 'south'], tls: 'off' })
    t.after(() => wechat.close())
    const accounts = wechat.accounts.map(({ endpoint, name, token }) => ({ endpoint, name, tls: 'off', token }))
    const bot = spawn(python, [BOT, JSON.stringify(accounts), String(await freePort())], { cwd: home, env: together, stdio: ['ignore', 'pipe', 'pipe'] })
    t.after(() => bot.kill('SIGKILL'))
    let [said, log] = ['', '']
    bot.stdout.setEncoding('utf8').on('data', text => { said += text })
    bot.stderr.setEncoding('utf8').on('data', text => { log += text })
    const seen = () => [said, log.slice(-3_000)]
    const line = await until(() => said.match(/^\{"accounts.*\}$/m), { seen, what: 'the team is ready', within: 90_000 })
    const { accounts: names, pid } = JSON.parse(line[0])
    assert.deepEqual(names, ['north', 'south'])
    // The stock bot is there some time after.
    let number = 0
    await until(async () => {
      await wechat.sayInRoom('wxid_alice', TEA, `ding ${++number}`)
      await until(() => wechat.delivered(`dong ${number}`).length > 0, { what: 'dong', within: 2_000 }).catch(() => {})
      return wechat.delivered(`dong ${number}`).length > 0
    }, { seen, what: 'it answers', within: 90_000 })
    await wechat.account('north').kill()
    await wechat.sayInRoom('wxid_alice', TEA, 'ding to the other')
    await until(() => wechat.delivered('dong to the other').length > 0, { seen, what: 'the other account answers', within: 60_000 })
    assert.deepEqual(wechat.delivered('dong to the other').map(({ account }) => account), ['south'])
    assert.ok(isAlive(pid))
    const ended = once(bot, 'exit')
    bot.kill('SIGKILL')
    await ended
    await until(() => !isAlive(pid), { what: 'the gateway ends' })
  })
})
