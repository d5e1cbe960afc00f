/** FileBoxes of two generations of `file-box`, each as one of the other. */
import { FileBoxType } from 'file-box'

/** A file of today as one of the old class; anything else as it is. */
export async function asOldBox (it, OldFileBox) {
  if (!isBox(it)) return it
  if (it.type === FileBoxType.Url) {
    const { headers, url } = it.toJSON()
    return OldFileBox.fromUrl(url, it.name, headers)
  }
  return OldFileBox.fromBase64(await it.toBase64(), it.name)
}

/** A file of the old class as one of today; anything else as it is. */
export async function asNewBox (it, NewFileBox) {
  if (!isBox(it)) return it
  return NewFileBox.fromBase64(await it.toBase64(), it.name)
}

function isBox (it) {
  return typeof it === 'object' && it !== null && typeof it.toBase64 === 'function'
}
