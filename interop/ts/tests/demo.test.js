/**
 * A newcomer's own bot at `ha-wechaty demo`: the lines that the demo prints are pasted, and nothing else is set.
 */
import '../src/quiet.js'

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { BARE, Demo } from '../src/demo.js'
import { freePort } from '../src/ports.js'
import { until } from '../src/until.js'

const TYPESCRIPT = fileURLToPath(new URL('../src/pasted-bot.js', import.meta.url))
const PYTHON = fileURLToPath(new URL('../../python/pasted_bot.py', import.meta.url))

for (const { below, command, language, options } of [
  { below: 'One in TypeScript needs:', command: async () => [process.execPath, [TYPESCRIPT]], language: 'TypeScript' },
  {
    below: 'One in Python:',
    command: async () => [process.env.HA_WECHATY_PYTHON ?? 'python3', [PYTHON, String(await freePort())]],
    language: 'Python',
    options: ['--plaintext'],
  },
]) {
  test(`what the demo prints makes a stock bot in ${language} join, and its dongs count`, { timeout: 120_000 }, async t => {
    const demo = new Demo(t, options)
    const env = await demo.pasted(below)
    const home = mkdtempSync(join(tmpdir(), 'pasted-'))
    const [program, args] = await command()
    const bot = spawn(program, args, { cwd: home, env: { ...BARE, ...env, HOME: home, WECHATY_LOG: 'silent' }, stdio: 'ignore' })
    t.after(async () => {
      bot.kill('SIGKILL')
      rmSync(home, { force: true, recursive: true })
    })
    const said = () => demo.lines.filter(line => / your bot +(@\w+ )?dong$/.test(line)).length
    await until(() => said() >= 2, { seen: () => demo.lines.slice(-20), what: 'the bot answers two dings', within: 90_000 })
    const { asked, code, lost, seen, twice, yours } = await demo.summary()
    assert.deepEqual({ code, lost, twice }, { code: 0, lost: 0, twice: 0 }, demo.lines.join('\n'))
    assert.ok(yours >= 2 && seen === asked, demo.lines.join('\n'))
  })
}
