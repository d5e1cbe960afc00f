#!/usr/bin/env node
'use strict'

const { spawn } = require('node:child_process')
const { constants } = require('node:os')

const { program } = require('../dist/cjs/program.js')

/** What a terminal or a supervisor sends, and means for the program. */
const PASSED_ON = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']

let path
try {
  path = program()
} catch (error) {
  console.error(`ha-wechaty: ${error.message}`)
  process.exit(1)
}

const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' })
for (const signal of PASSED_ON) {
  process.on(signal, () => {
    // A terminal sends it to both of us.
    if (!(process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT' || signal === 'SIGWINCH'))) child.kill(signal)
  })
}
child.on('error', error => {
  console.error(`ha-wechaty: ${path} can't be run: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  if (code !== null) process.exit(code)
  // As the program ended, so do we: who waits for us sees the same.
  for (const name of PASSED_ON) process.removeAllListeners(name)
  process.kill(process.pid, signal)
  // Where that signal does not end a process.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
})
