/**
 * The page as people see it, in a real browser: live, by keyboard alone, read out, in both languages, light and dark, on a
 * desk and on a phone; and the code of an account that is to be logged in, read again by a scanner wherever it is shown.
 * The screenshots are in `target/page/`.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'

import { Gateway, gatewayBinary } from '../src/gateway.js'
import { until } from '../src/until.js'
import { WeChat } from '../src/wechat.js'

const SHOTS = fileURLToPath(new URL('../../../target/page/', import.meta.url))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WAITING = 2
const SCANNED = 3

const LOOKS = [
  { language: 'en', scheme: 'light', width: 1280 },
  { language: 'zh-CN', scheme: 'dark', width: 1280 },
  { language: 'zh-CN', scheme: 'light', width: 390 },
  { language: 'en', scheme: 'dark', width: 360 },
]

/** What a scanner reads in a picture. */
function scan (file) {
  return execFileSync('zbarimg', ['--nodbus', '--quiet', '--raw', '--oneshot', file], { encoding: 'utf8' }).trim()
}

/** A picture of what a terminal shows: each character is two pixels, one above the other. */
function pictureOf (lines) {
  const scale = 6
  const width = Math.max(...lines.map(line => [...line].length))
  const lit = lines.flatMap(line => {
    const row = on => Array.from({ length: width }, (_, x) => on.includes([...line][x]) ? 255 : 0)
    return [row('█▀'), row('█▄')]
  })
  const pixels = lit.flatMap(row => Array(scale).fill(row.flatMap(it => Array(scale).fill(it)))).flat()
  return Buffer.concat([Buffer.from(`P5 ${width * scale} ${lit.length * scale} 255\n`), Buffer.from(pixels)])
}

/** Presses something at once: a page that is live may have put another one in its place before a mouse is there. */
const press = (page, selector) => page.evaluate(selector => {
  const it = document.querySelector(selector)
  if (!it?.getClientRects().length) throw new Error(`${selector} can't be seen`)
  it.click()
}, selector)

describe('the page', () => {
  let browser, gateway, wechat, south

  /** Its puppet shows a code, or tells how far it is. */
  const shows = (qrcode, status = WAITING) => south.order('emit', { event: 'scan', payload: { qrcode, status } })

  before(async () => {
    rmSync(SHOTS, { force: true, recursive: true })
    mkdirSync(SHOTS, { recursive: true })
    wechat = await WeChat.open({ accounts: ['north', 'south'], login: 'scan' })
    south = wechat.account('south')
    gateway = await Gateway.open({ accounts: wechat.accounts, pace: ['enabled = true'] })
    await until(() => wechat.accounts.every(account => account.streamOpen), { what: 'the gateway listens to both' })
    await wechat.account('north').order('logIn')
    browser = await puppeteer.launch({ args: ['--no-sandbox', '--disable-gpu'], executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
    await shows('https://login.invalid/first')
    await until(async () => (await gateway.status()).accounts.map(it => it.phase).join() === 'available,waiting-scan',
      { seen: () => gateway.status(), what: 'north works, and south waits for a scan' })
  })

  after(async () => {
    await browser?.close()
    await gateway?.close()
    await wechat?.close()
  })

  /** A browser of its own, which complains of nothing. */
  async function open (t, path, { language = 'en', scheme = 'light', width = 1280 } = {}) {
    const context = await browser.createBrowserContext()
    t.after(() => context.close())
    const page = await context.newPage()
    page.complaints = []
    page.on('console', it => it.type() === 'error' && page.complaints.push(it.text()))
    page.on('pageerror', error => page.complaints.push(error.message))
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.setViewport({ height: 900, width })
    await page.goto(path.startsWith('http') ? path : `http://${gateway.admin}${path}`)
    return page
  }

  /** Keeps a picture of it, and lets axe look at it. */
  async function looked (page, name) {
    assert.ok(await page.$eval('html', it => it.scrollWidth <= it.clientWidth), `${name} is too wide`)
    await page.screenshot({ fullPage: true, path: join(SHOTS, `${name}.png`) })
    const devtools = await page.createCDPSession()
    await devtools.send('Page.setBypassCSP', { enabled: true })
    await page.reload()
    await page.evaluate(AXE)
    const { passes, violations } = await page.evaluate(() => globalThis.axe.run())
    assert.ok(passes.length > 10, 'it was looked at')
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]), [], name)
  }

  /** What a table says, a list for each row. */
  const rows = (page, within) => page.$$eval(`${within} tbody tr`, rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim())))

  const says = (page, words) => page.waitForFunction(words => document.body.innerText.includes(words), {}, words)

  /** What the picture on the page is, to a scanner. */
  async function scanned (page, name) {
    const picture = await page.waitForSelector('img.qr')
    await page.waitForFunction(picture => picture.complete && picture.naturalWidth > 0, {}, picture)
    const file = join(SHOTS, `${name}.png`)
    await picture.screenshot({ path: file })
    return scan(file)
  }

  for (const look of LOOKS) {
    const { language, scheme, width } = look
    test(`is good in ${language}, ${scheme}, ${width} pixels wide`, async t => {
      const link = (await made()).url
      for (const [name, path] of Object.entries({ account: '/accounts/south', alarms: '/alarms', audit: '/audit', bots: '/bots', config: '/config', link, log: '/log', history: '/history', rooms: '/rooms', runbook: '/runbook', sends: '/sends', team: '/', wrong: '/accounts/nobody' })) {
        const page = await open(t, path, look)
        assert.equal(await page.$eval('html', it => it.lang), language)
        await looked(page, `${name}-${language}-${scheme}-${width}`)
      }
    })
  }

  test('is live, and keeps the focus', async t => {
    const page = await open(t, '/')
    await says(page, 'south waits for a scan')
    assert.match(await page.title(), /^! 1\/2/)
    await page.focus('#to-south')
    await wechat.account('north').order('logOut', 'for a test')
    await says(page, 'is down')
    assert.match(await page.title(), /^✗ DOWN/)
    assert.equal(await page.evaluate(() => document.activeElement.id), 'to-south')
    await wechat.account('north').order('logIn')
    await says(page, 'is available')
    assert.deepEqual(page.complaints, [])
  })

  test('shows an outage that was made: on the chart, in the table beside it, on the strip, and what went wrong', async t => {
    await wechat.account('north').order('logOut', 'for a test')
    await until(async () => !(await gateway.status()).team.available, { what: 'the team is down' })
    await until(async () => (await gateway.status()).team.seconds > 2, { what: 'it has been for a while' })
    await wechat.account('north').order('logIn')
    await until(async () => (await gateway.status()).team.available, { what: 'the team is back' })
    for (const look of LOOKS) {
      const page = await open(t, '/history?days=7', look)
      const drawn = await page.evaluate(() => document.querySelector('#chart .chart .on-d').getBoundingClientRect().height)
      assert.ok(drawn > 2, `it is ${drawn} pixels high`)
      assert.ok(await page.$('#uptimes .strip .on-d'), 'it is on a strip')
      await press(page, '#days-more')
      await looked(page, `outage-${look.language}-${look.scheme}-${look.width}`)
    }
    const page = await open(t, '/history?days=7')
    const today = new Date().toISOString().slice(0, 4)
    const said = await page.$eval('#chart desc', it => it.textContent)
    assert.match(said, new RegExp(`was up [0-9.]+ % of what is known of 7 days, which is .*; it was down longest on ${today}-`))
    await press(page, '#days-more')
    const [newest] = await rows(page, '#days')
    assert.match(newest.at(-1), /^\d+(s|m)/, `down: ${newest}`)
    await Promise.all([page.waitForNavigation(), page.evaluate(() => [...document.querySelectorAll('#uptimes a')].find(it => it.innerText === 'north').click())])
    await says(page, 'Availability: north')
    const incidents = await rows(page, '#incidents')
    assert.ok(incidents.length > 0 && incidents.every(([whose]) => whose === 'north'), `${incidents}`)
    assert.deepEqual(page.complaints, [])
  })

  test('shows the log by what one asks for, without tokens', async t => {
    const page = await open(t, '/log')
    await says(page, 'available')
    await page.select('[name=level]', 'warn')
    await page.select('[name=account]', 'north')
    await Promise.all([page.waitForNavigation(), press(page, '.filter button')])
    const found = await rows(page, '#lines')
    assert.ok(found.length > 0 && found.every(([, level, about]) => /warning|error/.test(level) && about === 'north'), JSON.stringify(found))
    const all = await (await fetch(`http://${gateway.admin}/api/v1/log?limit=2000`)).text()
    for (const secret of [gateway.token, ...wechat.accounts.map(it => it.token)]) assert.ok(!all.includes(secret), 'a token')
    assert.equal((await fetch(`http://${gateway.admin}/api/v1/log?level=loud`)).status, 400)
    assert.deepEqual(page.complaints, [])
  })

  test('shows the configuration that runs beside the file, and its mistakes', async t => {
    const before = readFileSync(gateway.config, 'utf8')
    t.after(() => writeFileSync(gateway.config, before))
    const page = await open(t, '/config')
    await says(page, 'What runs is what is written')
    writeFileSync(gateway.config, before.replace('name = "north"', 'name = "north"\nweight = 3').replace(gateway.token, 'insecure_another-token-of-this-bot'))
    await page.reload()
    const others = await page.$$eval('[aria-labelledby=others-head] tbody tr', rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim())))
    assert.deepEqual(others.map(it => it.slice(0, 4)), [
      ['account[north].weight', '(default)', '3', 'by ha-wechaty reload'],
      ['bot[main].token', '…', '… (another one)', 'by ha-wechaty reload'],
    ])
    await looked(page, 'config-others')
    const told = await (await fetch(`http://${gateway.admin}/api/v1/config`)).text()
    for (const secret of [gateway.token, 'insecure_another', ...wechat.accounts.map(it => it.token)]) assert.ok(!told.includes(secret), 'a token')
    const reload = () => fetch(`http://${gateway.admin}/api/v1/reload`, { body: '{}', headers: { 'content-type': 'application/json' }, method: 'POST' })
    assert.equal((await reload()).status, 200)
    await page.reload()
    const left = await page.$$eval('[aria-labelledby=others-head] tbody tr', rows => rows.map(row => row.cells[0].innerText.trim()))
    assert.deepEqual(left, [], 'what the reload took runs')
    writeFileSync(gateway.config, before)
    assert.equal((await reload()).status, 200)
    await until(async () => (await gateway.status()).team.available, { what: 'north is back as it was' })
    writeFileSync(gateway.config, before.replace('ramp_up', 'rampup'))
    await page.reload()
    await says(page, 'did you mean ramp_up?')
    await looked(page, 'config-mistakes')
    assert.deepEqual(page.complaints, [])
  })

  test('shows alarms: who was told and why others were not, who sees to it, and tries the ways', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'alarms-'))
    t.after(() => rmSync(folder, { force: true, recursive: true }))
    const [cert, key] = ['cert.pem', 'key.pem'].map(name => join(folder, name))
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const heard = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.on('data', data => { body += data }).on('end', () => {
        heard.push(body)
        response.end()
      })
    })
    await new Promise(resolve => receiver.listen(0, '127.0.0.1', resolve))
    t.after(() => receiver.close())
    const way = (name, port, more = '') => ['[[notify]]', `name = "${name}"`, 'to = "webhook"', `url = "http://127.0.0.1:${port}/secret-path"`, more]
    const alarms = ['group = "1s"', ...way('ops', receiver.address().port), ...way('broken', 1), ...way('boss', receiver.address().port, 'level = 2')]
    const accounts = [{ endpoint: '127.0.0.1:1', name: 'north', tls: 'off', token: 'insecure_north' }]
    const ailing = await Gateway.open({ accounts, alarms, certificate: { cert, key }, discovery: true })
    t.after(() => ailing.close())
    const page = await open(t, `http://${ailing.admin}/alarms`)
    await says(page, 'a certificate ends')
    await says(page, 'ops: told ')
    await says(page, 'broken: not told; what is new could not be told: ')
    await says(page, 'boss: not told, it is for what matters more, or comes later')
    await says(page, 'fails')
    for (const look of LOOKS) {
      await looked(await open(t, `http://${ailing.admin}/alarms`, look), `alarms-open-${look.language}-${look.scheme}-${look.width}`)
    }
    const before = heard.length
    await Promise.all([page.waitForNavigation(), press(page, '#test-ops')])
    await until(() => heard.length > before, { what: 'the test is told' })
    const id = await page.$eval('[id^=ack-]', it => it.id.slice(4))
    await page.select(`#for-${id}`, '2h')
    await Promise.all([page.waitForNavigation(), press(page, `#ack-${id}`)])
    await page.waitForFunction(() => / sees to it until \d{4}-/.test(document.body.innerText))
    await Promise.all([page.waitForNavigation(), press(page, `#help-${id}`)])
    assert.equal(new URL(page.url()).hash, '#certificate')
    assert.ok(await page.$eval('h3#certificate', it => it.getBoundingClientRect().top < innerHeight), 'it is in sight')
    assert.ok(!(await page.content()).includes('secret-path'))
    assert.deepEqual(page.complaints, [])
  })

  test('says so when the gateway does not answer', async t => {
    const page = await open(t, '/')
    await page.setOfflineMode(true)
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await says(page, 'Not live')
    await page.setOfflineMode(false)
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await page.waitForFunction(() => document.getElementById('link').hidden)
  })

  test('works without JavaScript', async t => {
    const context = await browser.createBrowserContext()
    t.after(() => context.close())
    const page = await context.newPage()
    await page.setJavaScriptEnabled(false)
    await page.goto(`http://${gateway.admin}/accounts/south`)
    assert.equal(await page.$eval('meta[http-equiv=refresh]', it => it.content), '15')
    assert.ok(await page.$eval('img.qr', it => it.naturalWidth > 0))
    await Promise.all([page.waitForNavigation(), press(page, '#make-link')])
    const link = await page.$eval('#made', it => it.href)
    await page.goto(link)
    await Promise.all([page.waitForNavigation(), press(page, '#show')])
    assert.ok(await page.$eval('img.qr', it => it.naturalWidth > 0))
  })

  test('drains an account by its buttons, which say first what comes of it', async t => {
    await south.order('logIn')
    await until(async () => (await gateway.status()).team.usable === 2, { what: 'both get work' })
    const page = await open(t, '/accounts/north')
    await page.type('[name=why]', 'a test')
    await Promise.all([page.waitForNavigation(), press(page, '#do-drain')])
    await says(page, 'It gets no new work')
    await page.screenshot({ fullPage: true, path: join(SHOTS, 'hand.png') })
    await Promise.all([page.waitForNavigation(), press(page, '#sure')])
    await says(page, 'north: draining')
    assert.equal((await gateway.status()).team.usable, 1)
    await Promise.all([page.waitForNavigation(), press(page, '#do-resume')])
    await Promise.all([page.waitForNavigation(), press(page, '#sure')])
    await says(page, 'north: available')
    assert.deepEqual(page.complaints, [])
    await south.order('logOut', 'for a test')
    await shows('https://login.invalid/first')
    await until(async () => (await gateway.status()).accounts[1].phase === 'waiting-scan', { what: 'south waits for a scan again' })
  })

  test('shows the code of an account, the newest one, as a scanner reads it', async t => {
    const page = await open(t, '/accounts/south')
    assert.equal(await scanned(page, 'first'), 'https://login.invalid/first')
    const old = await page.$eval('img.qr', it => it.src)
    await shows('https://login.invalid/second')
    await page.waitForFunction(old => document.querySelector('img.qr')?.src !== old, {}, old)
    assert.equal(await scanned(page, 'second'), 'https://login.invalid/second')
    const png = join(SHOTS, 'served.png')
    const answer = await fetch(`http://${gateway.admin}/accounts/south/qr.png`)
    writeFileSync(png, Buffer.from(await answer.arrayBuffer()))
    assert.equal(scan(png), 'https://login.invalid/second')
    assert.deepEqual(page.complaints, [])
  })

  test('leads to a one-time link by keyboard alone, which is one browser\'s, and ends with the login', async t => {
    const page = await open(t, '/')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip')
    for (const id of ['to-south', 'make-link']) {
      // Not for ever: there are fewer places to go to.
      for (let step = 0; step < 40 && await page.evaluate(() => document.activeElement.id) !== id; step++) await page.keyboard.press('Tab')
      assert.equal(await page.evaluate(() => document.activeElement.id), id)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    }
    const link = await page.$eval('#made', it => it.href)

    const phone = await open(t, link, { width: 390 })
    const text = await phone.$eval('body', it => it.innerText)
    assert.ok(!text.includes('south') && !text.includes('north'), text)
    await Promise.all([phone.waitForNavigation(), press(phone, '#show')])
    const code = (await (await fetch(`http://${gateway.admin}/api/v1/accounts/south/login`)).json()).code
    assert.equal(await scanned(phone, 'link'), code)
    const another = await open(t, link)
    await says(another, 'This link is over')
    await shows(code, SCANNED)
    await says(phone, 'Scanned')
    await south.order('logIn')
    await says(phone, 'Logged in')
    // Longer than a browser waits before it asks for the stream again.
    await new Promise(resolve => setTimeout(resolve, 4_000))
    assert.ok(await phone.$eval('#link', it => it.hidden), 'nothing is said to be lost')
    await phone.screenshot({ path: join(SHOTS, 'link-logged-in.png') })
    assert.deepEqual([...page.complaints, ...phone.complaints.filter(it => !it.includes('410'))], [])
  })

  test('is behind a login, where there is a password: by keyboard alone, in both languages, and out again', async t => {
    const accounts = [{ endpoint: '127.0.0.1:1', name: 'north', tls: 'off', token: 'insecure_north' }]
    const locked = await Gateway.open({ accounts, operators: ['password = "sesame"'] })
    t.after(() => locked.close())
    for (const look of LOOKS) {
      const page = await open(t, `http://${locked.admin}/accounts/north`, look)
      assert.equal(new URL(page.url()).pathname, '/login')
      assert.equal(await page.$eval('html', it => it.lang), look.language)
      assert.ok(await page.$eval('html', it => it.scrollWidth <= it.clientWidth), 'it is too wide')
      assert.equal(await page.evaluate(() => document.activeElement.id), 'secret')
      await page.screenshot({ fullPage: true, path: join(SHOTS, `login-${look.language}-${look.scheme}-${look.width}.png`) })
      const devtools = await page.createCDPSession()
      await devtools.send('Page.setBypassCSP', { enabled: true })
      await page.reload()
      await page.evaluate(AXE)
      const { violations } = await page.evaluate(() => globalThis.axe.run())
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]), [])
    }
    const page = await open(t, `http://${locked.admin}/accounts/north?a=b`)
    await page.keyboard.type('open')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    await says(page, 'neither the password nor a key')
    await page.type('#secret', 'sesame')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/accounts/north?a=b')
    await says(page, 'north: ')
    const cookies = await page.cookies()
    assert.deepEqual(cookies.map(it => [it.httpOnly, it.sameSite]), [[true, 'Lax'], [true, 'Lax']])
    await Promise.all([page.waitForNavigation(), press(page, '#do-maintenance')])
    await Promise.all([page.waitForNavigation(), press(page, '#sure')])
    await says(page, 'north: in maintenance')
    await page.screenshot({ fullPage: true, path: join(SHOTS, 'logged-in.png') })
    await Promise.all([page.waitForNavigation(), press(page, '#leave')])
    assert.equal(new URL(page.url()).pathname, '/login')
    await page.goto(`http://${locked.admin}/`)
    assert.equal(new URL(page.url()).pathname, '/login')
    assert.deepEqual(page.complaints.filter(it => !it.includes('401')), [])
  })

  test('and the terminal shows the same code', async t => {
    await south.order('logOut', 'for a test')
    await shows('https://login.invalid/terminal')
    const login = spawn(gatewayBinary(), ['login', 'south', '--admin', gateway.admin], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => login.kill())
    let said = ''
    login.stdout.on('data', it => { said += it })
    await until(() => said.includes('south: scan this'), { seen: () => said, what: 'the terminal shows the code' })
    const file = join(SHOTS, 'terminal.pgm')
    writeFileSync(file, pictureOf(said.split('\n').filter(line => /^[ █▀▄]+$/.test(line))))
    assert.equal(scan(file), 'https://login.invalid/terminal')
    const ended = new Promise(resolve => login.once('exit', resolve))
    await south.order('logIn')
    assert.equal(await ended, 0)
    assert.match(said, /south is logged in as /)
  })

  async function made () {
    const answer = await fetch(`http://${gateway.admin}/api/v1/accounts/south/link`, { headers: { 'content-type': 'application/json' }, method: 'POST' })
    assert.equal(answer.status, 200)
    return answer.json()
  }
})
