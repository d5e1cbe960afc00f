/**
 * The bad night with stock peers, in real time: what `crates/ha-wechaty/tests/night` plays on a virtual clock, between stock
 * services and stock bots. All of its scenes are at once, each with a gateway of its own; it takes 17 minutes.
 * `cargo xtask night` runs it, and prints when somebody knew, when it was well, and what `status` said.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pass } from 'node:timers/promises'

import { BotProcess } from '../src/bot-process.js'
import { Gateway, gatewayBinary } from '../src/gateway.js'
import { Receiver } from '../src/receiver.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'
import { TEA } from '../src/world.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const NAMES = ['north', 'south', 'west']
const WAITING = 2
const CODE = 'http://weixin.qq.com/x/8b1de57c33'
/** A machine that plays all scenes at once is not the quickest. */
const SLACK = 40 * SECOND

const report = []

/** A team of three, a bot, and a program that is told of alarms. */
class Scene {
  static async open (t, name) {
    const scene = new Scene()
    Object.assign(scene, { lines: [], name })
    t.after(() => scene.close())
    scene.receiver = await Receiver.open()
    scene.wechat = await WeChat.open({ accounts: NAMES })
    scene.gateway = await Gateway.open({
      accounts: scene.wechat.accounts, bot: scene.receiver.lines, operators: ['url = "http://{admin}"'], store: ['path = "team.db"'],
    })
    await scene.wechat.untilWatched()
    scene.home = mkdtempSync(join(tmpdir(), 'night-bot-'))
    scene.bot = new BotProcess(scene.gateway.door, scene.home)
    await scene.bot.start()
    return scene
  }

  begins (what) {
    this.begun = Date.now()
    this.note(what)
  }

  note (what, at = Date.now()) {
    this.lines.push(`${span(at - this.begun).padStart(8)}  ${what}`)
  }

  /** Waits until people are told this, and not later than that. */
  async isTold (type, kind, latest) {
    await until(() => this.receiver.find(type, kind), {
      seen: () => this.receiver.told.map(it => `${it.type} ${it.alarm.kind}`), what: `${type} ${kind}`, within: latest + SLACK - (Date.now() - this.begun),
    })
    const event = this.receiver.find(type, kind)
    this.note(`told: ${type} (${event.alarm.severity}) ${event.alarm.text}`, event.at)
    if (type === 'alarm.opened') {
      this.known ??= event.at - this.begun
      this.note(`      do: ${event.alarm.remedy}`, event.at)
      this.status = await this.cli('status')
      const page = await fetch(`http://${this.gateway.admin}/`, { headers: { 'accept-language': 'en' } })
      const told = plain(await page.text())
      for (const name of [...event.alarm.accounts, ...event.alarm.bots]) assert.ok(told.includes(name), `the page names ${name}`)
    }
    return event
  }

  async isWell (accounts = 3) {
    await until(async () => (await this.standing()).filter(it => it === 'available').length === accounts, {
      seen: () => this.standing(), what: 'all accounts work', within: 2 * MINUTE,
    })
    this.well = Date.now() - this.begun
    this.note(`${accounts} accounts work`)
  }

  async standing () {
    const status = await this.gateway.status()
    return status.accounts.map(it => it.phase)
  }

  /** The bot goes on as if nothing were. */
  async isAnswered (text = `ding`) {
    const before = this.wechat.delivered('dong').length
    await this.wechat.sayInRoom('wxid_alice', TEA, text)
    await until(() => this.wechat.delivered('dong').length > before, { what: 'the bot answers', within: MINUTE })
  }

  /** The program, as an operator runs it on that machine. */
  async cli (...args) {
    return new Promise(resolve => {
      execFile(gatewayBinary(), [...args, '--config', this.gateway.config], { timeout: MINUTE }, (error, out, err) => {
        this.code = error ? error.code : 0
        resolve(`${out}${err}`)
      })
    })
  }

  /** Nobody was told anything but this. */
  onlyToldOf (...kinds) {
    const told = [...new Set(this.receiver.told.map(it => it.alarm.kind))]
    assert.deepEqual(told.sort(), kinds.sort(), JSON.stringify(this.receiver.told, null, 1))
  }

  async close () {
    if (this.begun !== undefined) report.push(this)
    await this.bot?.kill()
    await this.gateway?.close()
    await this.wechat?.close()
    this.receiver?.close()
    if (this.home) rmSync(this.home, { force: true, recursive: true })
  }
}

const plain = text => text.replace(/&#?\w+;|[^a-z0-9]+/gi, ' ').trim()

function span (milliseconds) {
  const seconds = Math.round(milliseconds / SECOND)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

test('the bad night', { concurrency: true, timeout: 30 * MINUTE }, async t => {
  const scenes = []
  let ready = Promise.resolve()
  const scene = (name, play) => {
    scenes.push(t.test(name, { timeout: 28 * MINUTE }, async t => {
      // One after the other: each starts five processes.
      const opening = ready.then(async () => {
        const it = await Scene.open(t, name)
        await it.isAnswered()
        return it
      })
      ready = opening.catch(() => {})
      await play(await opening)
    }))
  }

  scene('a scan is due, and the one-time link alone brings it back', async it => {
    it.begins('the phone of south logs out, and a code is to be scanned')
    await it.wechat.account('south').order('logOut', 'on the phone')
    await it.wechat.account('south').order('emit', { event: 'scan', payload: { qrcode: CODE, status: WAITING } })
    const { links } = await it.isTold('alarm.opened', 'account-scan', 3 * MINUTE)
    const [{ url }] = links
    assert.ok(!(await (await fetch(url)).text()).includes('north'), 'the link shows one code, and nothing else')
    // Whoever presses the button has it.
    const shown = await fetch(url, { headers: { origin: new URL(url).origin }, method: 'POST', redirect: 'manual' })
    const cookie = shown.headers.getSetCookie().map(it => it.split(';')[0]).join('; ')
    const code = await fetch(`${url}/qr.svg`, { headers: { cookie } })
    assert.equal(code.status, 200)
    it.note('the owner of its phone opens the link, and scans')
    await it.wechat.account('south').order('logIn')
    await it.isWell()
    assert.ok(it.well - it.known < MINUTE, 'in under a minute')
    await it.isTold('alarm.closed', 'account-scan', 6 * MINUTE)
    it.onlyToldOf('account-scan')
  })

  scene('an account freezes', async it => {
    it.begins('the process of north is stopped: it answers nothing')
    it.wechat.account('north').process.kill('SIGSTOP')
    // What it is shown waits for it.
    await it.wechat.sayTo('south', 'wxid_alice', 'ding')
    await until(() => it.wechat.delivered('dong').length > 1, { what: 'the bot answers', within: MINUTE })
    await it.isTold('alarm.opened', 'account-offline', 13 * MINUTE)
    it.wechat.account('north').process.kill('SIGCONT')
    await it.isWell()
    await it.isTold('alarm.closed', 'account-offline', 17 * MINUTE)
    it.onlyToldOf('account-offline')
  })

  scene('an account is logged out', async it => {
    it.begins('west is logged out by its phone')
    await it.wechat.account('west').order('logOut', 'kicked by the phone')
    await it.isAnswered()
    await it.isTold('alarm.opened', 'account-logged-out', 6.5 * MINUTE)
    await it.wechat.account('west').order('logIn')
    await it.isWell()
    await it.isTold('alarm.closed', 'account-logged-out', 10 * MINUTE)
    it.onlyToldOf('account-logged-out')
  })

  scene('a provider is down', async it => {
    it.begins('north and south, which share a host, die at once')
    await Promise.all(['north', 'south'].map(name => it.wechat.account(name).kill()))
    await it.isAnswered()
    const { alarm } = await it.isTold('alarm.opened', 'domain-down', 4 * MINUTE)
    assert.deepEqual(alarm.accounts.sort(), ['north', 'south'], 'one alarm for both')
    await Promise.all(['north', 'south'].map(name => it.wechat.restart(name)))
    await it.isWell()
    await it.isTold('alarm.closed', 'domain-down', 8 * MINUTE)
    it.onlyToldOf('domain-down')
  })

  scene('all are down', async it => {
    it.begins('all accounts die')
    await Promise.all(NAMES.map(name => it.wechat.account(name).kill()))
    await it.isTold('alarm.opened', 'team-down', 2 * MINUTE)
    await Promise.all(NAMES.map(name => it.wechat.restart(name)))
    await it.isWell()
    await it.isTold('alarm.closed', 'team-down', 5 * MINUTE)
    await it.isAnswered()
    it.onlyToldOf('domain-down', 'team-down')
  })

  scene('the bot is gone for ten minutes', async it => {
    it.begins('the bot dies')
    await it.bot.kill()
    await it.wechat.sayInRoom('wxid_alice', TEA, 'is anybody there?')
    await it.isTold('alarm.opened', 'bot-gone', 7 * MINUTE)
    await pass(10 * MINUTE - (Date.now() - it.begun))
    await it.bot.start()
    await until(() => it.bot.texts.includes('is anybody there?'), { what: 'it hears what was said', within: MINUTE })
    it.well = Date.now() - it.begun
    it.note('it is started again, and hears what was said meanwhile')
    await it.isTold('alarm.closed', 'bot-gone', 12 * MINUTE)
    it.onlyToldOf('bot-gone')
  })

  scene('an account is gone for three minutes', async it => {
    it.begins('south dies')
    await it.wechat.account('south').kill()
    await it.isAnswered()
    await pass(3 * MINUTE)
    await it.wechat.restart('south')
    await it.isWell()
    await pass(3 * MINUTE)
    it.note('nobody was woken')
    it.onlyToldOf()
  })

  scene('a reload with a mistake', async it => {
    const { config } = it.gateway
    const before = readFileSync(config, 'utf8')
    it.begins('somebody mistypes a key, and reloads')
    writeFileSync(config, before.replace('[pace]', '[pace]\nmax_quee = 7'))
    const said = await it.cli('reload')
    assert.notEqual(it.code, 0)
    assert.match(said, /max_quee/)
    it.status = said
    await it.isAnswered()
    writeFileSync(config, before)
    await it.cli('reload')
    assert.equal(it.code, 0)
    await it.isWell()
    it.onlyToldOf()
  })

  scene('a restart', async it => {
    it.begins('the gateway is stopped, and started again')
    await it.gateway.stop()
    await it.gateway.start()
    await it.wechat.untilWatched()
    await it.isWell()
    await it.isAnswered()
    assert.equal(it.bot.process.exitCode, null, 'the bot was there all the time')
    await pass(4 * MINUTE)
    it.note('nobody was woken')
    it.onlyToldOf()
  })

  await Promise.all(scenes)
})

// One that is broken off tells what it has seen.
process.once('SIGTERM', () => process.exit(1))
process.on('exit', () => {
  const row = (...cells) => cells.map((it, index) => it.padEnd([58, 16, 12, 0][index])).join('')
  const table = [row('what happens', 'somebody knows', 'it is well', 'told')]
  for (const { known, name, receiver, well } of report) {
    table.push(row(name, known === undefined ? '–' : span(known), well === undefined ? '–' : span(well), String(receiver.told.length)))
  }
  for (const { lines, name, status } of report) {
    table.push('', `## ${name}`, ...lines, ...(status ? ['status, when somebody was told first:', ...status.trimEnd().split('\n').map(it => `  | ${it}`)] : []))
  }
  const text = `${table.join('\n')}\n`.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').replaceAll(/insecure_[0-9a-f-]+/g, 'insecure_…')
  if (process.env.NIGHT_REPORT) writeFileSync(process.env.NIGHT_REPORT, text)
  process.stdout.write(text)
})
