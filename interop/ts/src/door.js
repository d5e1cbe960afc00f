/**
 * What a client of either generation is told of the door that it goes in by. (One process holds the protocol of one generation
 * only: their packages write into the same global names.)
 */

/** Clients keep payloads on disk, by token, under the home they find when they are built. */
export const BOT_OPTIONS = ({ endpoint, tls, token }) => ({ endpoint, tls: { disable: tls === 'off' }, token })
