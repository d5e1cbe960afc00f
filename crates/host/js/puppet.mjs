/** The account's puppet, from wherever it comes. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { setProtosAside } from './old-protos.mjs'
import { fromTree } from './tree.mjs'

/** Makes the puppet of an order. */
export async function loadPuppet ({ name, options, puppet, token, tree }) {
  if (tree) setProtosAside(tree)
  const module = puppet.path ? await import(pathToFileURL(entryOf(puppet.path))) : await fromTree(tree, puppet.name)
  const Puppet = puppetClassOf(module)
  if (!Puppet) throw new Error(`${puppet.path ?? puppet.name} has no puppet: its default export must be a class of one`)
  const made = new Puppet({ name, ...options, ...token !== undefined && { token } })
  // Every puppet of today has one.
  if (made.readyIndicator) return made
  const { OldPuppet } = await import('./old-puppet.mjs')
  return new OldPuppet(made, await fromTree(tree ?? entryOf(puppet.path), 'wechaty-puppet'))
}

/** A class that can be started, among a module's exports: the default one, or else one that says it is a puppet. */
function puppetClassOf (module) {
  const named = Object.entries(module).filter(([name]) => /^Puppet/.test(name)).map(([, it]) => it)
  return [module.default, module.default?.default, module['module.exports'], ...named].find(isPuppetClass)
}

function isPuppetClass (it) {
  return typeof it === 'function' && typeof it.prototype?.start === 'function' && typeof it.prototype.stop === 'function'
}

/** The file that is a package's main module, when it is asked for from outside. */
function entryOf (path) {
  if (!statSync(path).isDirectory()) return path
  const manifest = join(path, 'package.json')
  if (!existsSync(manifest)) return join(path, 'index.js')
  const { exports, main } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(path, target(exports?.['.'] ?? exports) ?? main ?? 'index.js')
}

/** The file of an `exports` entry, under the conditions of `import`. */
function target (entry) {
  if (typeof entry !== 'object' || entry === null) return entry
  for (const [condition, inner] of Object.entries(entry)) {
    if (['default', 'import', 'node'].includes(condition)) return target(inner)
  }
}
