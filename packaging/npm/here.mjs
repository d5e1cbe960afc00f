import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder of this package. */
export const here = fileURLToPath(new URL('.', import.meta.url))

/**
 * The package that a file belongs to, as a module of our kind: two copies of the protocol's messages in one process do not know each other's.
 */
export async function moduleOf (file) {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    let manifest
    try {
      manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    } catch {
      continue
    }
    // Parts of a package have a manifest that says nothing but what kind they are.
    const entry = manifest.exports?.['.']?.import
    if (manifest.name) return import(pathToFileURL(entry ? join(folder, entry) : file))
  }
  return import(pathToFileURL(file))
}
