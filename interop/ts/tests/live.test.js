/** What the page's script keeps when it brings a page up to date: in a real browser, at a server that changes what it says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import puppeteer from 'puppeteer-core'

const SCRIPT = readFileSync(new URL('../../../crates/admin/assets/page.js', import.meta.url))

describe('the script of the page', () => {
  let browser, server
  const listeners = new Set()
  let body = '', number = 0

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/page.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(SCRIPT)
      if (request.url === '/events') {
        listeners.add(response)
        return response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      }
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(`<!doctype html><title>${number}</title><link rel="icon" href="data:,"><p id="link" data-lost="Not live" hidden></p>${body}<script src="/page.js"></script>`)
    })
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
    browser = await puppeteer.launch({ args: ['--no-sandbox', '--disable-gpu'], executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
  })

  after(async () => {
    await browser?.close()
    server?.closeAllConnections()
    server?.close()
  })

  async function open (t, first) {
    body = first
    const page = await browser.newPage()
    t.after(() => page.close())
    const known = listeners.size
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    while (listeners.size === known) await new Promise(setImmediate)
    return page
  }

  /** From now on the page is so; whoever is there is told. */
  function becomes (next) {
    body = next
    number++
    for (const it of listeners) it.write('event: changed\ndata:\n\n')
  }

  /** Something is done; until the page has what is new, and has put it in its place if it may: its title goes first. */
  const asks = async (page, done) => {
    done()
    await page.waitForFunction(number => document.title === number, {}, String(number))
  }

  const shows = (page, words) => page.waitForFunction(words => document.body.innerText.includes(words), {}, words)

  const alarm = (seconds, lasts = ['', '2h', '8h']) => `<section id="open" data-live><p>since ${seconds} s</p>
    <select id="for-7">${lasts.map(it => `<option value="${it}">${it || 'until it is over'}</option>`).join('')}</select>
    <select id="for-8"><option value="">no</option>${seconds < 2 ? '' : '<option value="2h" selected>2h</option>'}</select>
    <input id="why" value="none"><input id="csrf" type="hidden" value="token-${seconds}"><details id="more"><summary>more</summary></details>
    <button id="ack-7">ack</button></section>`

  const value = (page, id) => page.$eval(`#${id}`, it => it.value)

  test('keeps what was chosen and written, and what is open, and has the focus still', async t => {
    const page = await open(t, alarm(1))
    await page.focus('#for-7')
    await page.select('#for-7', '2h')
    await page.$eval('#why', it => { it.value = 'I see to it' })
    await page.$eval('#more', it => { it.open = true })
    becomes(alarm(2))
    await shows(page, 'since 2 s')
    assert.deepEqual(await Promise.all(['for-7', 'why', 'csrf'].map(id => value(page, id))), ['2h', 'I see to it', 'token-2'])
    assert.ok(await page.$eval('#more', it => it.open))
    assert.equal(await page.evaluate(() => document.activeElement.id), 'for-7')
    assert.equal(await value(page, 'for-8'), '2h', 'nobody chose anything there, so it is what the gateway says')
    becomes(alarm(3, ['', '8h']))
    await shows(page, 'since 3 s')
    assert.equal(await value(page, 'for-7'), '', 'what can\'t be chosen any more is not')
  })

  test('waits while somebody writes, or has a list open, and not longer', async t => {
    const page = await open(t, alarm(1))
    await page.click('#for-7')
    assert.ok(await page.$eval('#for-7', it => it.matches(':open')), 'the list is open')
    await asks(page, () => becomes(alarm(2)))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    assert.equal(await value(page, 'for-7'), '2h')
    assert.ok(await page.evaluate(() => document.body.innerText.includes('since 1 s')))
    becomes(alarm(3))
    await shows(page, 'since 3 s')
    assert.equal(await value(page, 'for-7'), '2h')
    await page.type('#why', 'yes and ')
    await asks(page, () => becomes(alarm(4)))
    assert.ok(await page.evaluate(() => document.body.innerText.includes('since 3 s')))
    await page.focus('#ack-7')
    becomes(alarm(5))
    await shows(page, 'since 5 s')
    assert.equal(await value(page, 'why'), 'yes and none')
  })

  test('is live when the first of its parts is gone, and says so when nobody answers', async t => {
    const bots = (...names) => `<div id="bots" data-live>${names.map(it => `<section id="bot-${it}">${it}</section>`).join('')}</div>`
    const page = await open(t, bots('main', 'night'))
    becomes(bots('night', 'day'))
    await shows(page, 'day')
    assert.ok(!(await page.$('#bot-main')) && await page.$eval('#link', it => it.hidden))
    becomes('')
    await shows(page, 'Not live')
  })
})
