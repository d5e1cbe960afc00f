/** Packages, from where they are installed. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A package of another tree of packages, or of the one that this host itself is part of. */
export async function fromTree (tree, name) {
  if (!tree) return import(name)
  return createRequire(join(tree, 'package.json'))(name)
}
