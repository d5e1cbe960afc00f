import { fileURLToPath } from 'node:url'

/** The folder of this package. */
export const here = fileURLToPath(new URL('.', import.meta.url))
