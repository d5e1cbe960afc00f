/**
 * The demo's page in a real browser: a visitor takes all accounts down with clicks, one by one, and the bot loses nothing.
 * The screenshots are in `target/demo-page/`.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'

import { Demo } from '../src/demo.js'
import { until } from '../src/until.js'

const SHOTS = fileURLToPath(new URL('../../../target/demo-page/', import.meta.url))
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

test('a visitor takes accounts down with clicks, and nothing is lost', { timeout: 180_000 }, async t => {
  rmSync(SHOTS, { force: true, recursive: true })
  mkdirSync(SHOTS, { recursive: true })
  const demo = new Demo(t)
  const address = await demo.address('with a click:')
  const browser = await puppeteer.launch({ args: ['--no-sandbox', '--disable-gpu'], executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  t.after(() => browser.close())
  const page = await browser.newPage()
  const complaints = []
  page.on('console', it => it.type() === 'error' && complaints.push(it.text()))
  page.on('pageerror', error => complaints.push(error.message))
  await page.setViewport({ height: 900, width: 1280 })
  await page.goto(address)
  const says = words => page.waitForFunction(words => document.body.innerText.includes(words), {}, words)
  await says('The bot answers. All accounts work.')

  const answered = async () => Number(await page.$eval('#counts', it => /answered\s+(\d+)/.exec(it.innerText)[1]))
  await page.click('form[action="/north/kill"] button')
  await says('The bot answers, by 2 of 3 accounts.')
  const before = await answered()
  await until(async () => await answered() > before, { what: 'the bot goes on' })
  await page.screenshot({ fullPage: true, path: join(SHOTS, 'killed.png') })
  // By keyboard; the focus is kept while the page changes.
  await page.focus('form[action="/south/scan"] button')
  await page.keyboard.press('Enter')
  await says('waits for a scan')
  assert.equal(await page.evaluate(() => document.activeElement.form?.action.endsWith('/south/scan')), true)

  const operators = await browser.newPage()
  await operators.goto(await demo.address('an operator sees of it:'))
  await operators.waitForFunction(() => document.body.innerText.includes('south waits for a scan'))
  await operators.close()

  for (const account of ['north', 'south']) await page.click(`form[action="/${account}/mend"] button`)
  await says('The bot answers. All accounts work.')
  for (const [scheme, width] of [['light', 1280], ['dark', 390]]) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    await page.setViewport({ height: 900, width })
    assert.ok(await page.$eval('html', it => it.scrollWidth <= it.clientWidth), `${width} is too wide`)
    await page.screenshot({ fullPage: true, path: join(SHOTS, `${scheme}-${width}.png`) })
    const devtools = await page.createCDPSession()
    await devtools.send('Page.setBypassCSP', { enabled: true })
    await page.reload()
    await page.evaluate(AXE)
    const { passes, violations } = await page.evaluate(() => globalThis.axe.run())
    assert.ok(passes.length > 10, 'it was looked at')
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]), [])
  }
  assert.deepEqual(complaints, [])
  const { code, failures, lost, twice } = await demo.summary()
  assert.deepEqual({ code, failures, lost, twice }, { code: 0, failures: 2, lost: 0, twice: 0 }, demo.lines.slice(-60).join('\n'))
})
