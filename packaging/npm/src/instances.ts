/** The teams of this process, by their ids. */
import type { HAWechaty } from './ha-wechaty.js'

const instances = new Map<string, HAWechaty>()

/** @throws Error if there is none of this id. */
export function getHa (id: string): HAWechaty {
  const ha = instances.get(id)
  if (!ha) throw new Error(`there is no HAWechaty with the id ${id}`)
  return ha
}

/** @ignore */
export function addHa (ha: HAWechaty): void {
  instances.set(ha.id, ha)
}
