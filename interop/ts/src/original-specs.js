/**
 * The original's own specs, taken from its package when they are run: which of them mean something for ours is a table in docs/npm.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const DOCUMENT = fileURLToPath(new URL('../../../docs/npm.md', import.meta.url))
const fromPackage = createRequire(new URL('../../../packaging/npm/package.json', import.meta.url))

/** What specs import besides what they test: Node's own runner, by the names that they use. */
const TSTEST = `
import assert from 'node:assert/strict'
import { test as node } from 'node:test'
export const test = (name, body) => node(name, async t => body({
  deepEqual: (one, other, why) => assert.deepEqual(one, other, why),
  equal: (one, other, why) => assert.equal(one, other, why),
  notEqual: (one, other, why) => assert.notEqual(one, other, why),
  ok: (it, why) => assert.ok(it, why),
  skip: why => t.skip(why),
  throws: (work, why) => assert.throws(work, undefined, why),
}))
`

/** The rows of the table: what becomes of each spec, by its path. */
export function table () {
  const [, rows] = readFileSync(DOCUMENT, 'utf8').split('## The original\'s own specs')
  return new Map([...rows.matchAll(/^\| `(\S+\.spec\.\w+)` \| (runs|no): /gm)].map(([, path, what]) => [path, what === 'runs']))
}

/** The specs in a folder with the original's package, by their paths, as they are in its repository. */
export function specsOf (original) {
  const paths = ['src', 'dist/esm/tests'].flatMap(folder => {
    return readdirSync(join(original, folder), { recursive: true, withFileTypes: true }).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  })
  return paths.filter(path => /\.spec\.(ts|js)$/.test(path) && !path.endsWith('.d.ts')).map(path => relative(original, path).replace(/^dist\/esm\/(tests\/.*)\.js$/, '$1.ts')).sort()
}

/** A spec as a module that tests ours, and the module that it takes its runner from. */
export function rewritten (original, path) {
  const text = readFileSync(join(original, path), 'utf8').replace(/^#!.*/, '')
  const ours = text.replaceAll(/from '\.\.?\/[^']*'/g, 'from \'ha-wechaty\'').replaceAll('from \'tstest\'', 'from \'./tstest.mjs\'')
  // It is installed when the package is packed.
  const { outputText } = fromPackage('typescript').transpileModule(ours, { compilerOptions: { module: 'ES2022', target: 'ES2022' } })
  return { spec: outputText, tstest: TSTEST }
}
