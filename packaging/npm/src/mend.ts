/** What the stock puppet does wrong when its service is soon back. */

/**
 * It keeps contacts on disk, closes that when it is logged out, and opens it when it is logged in, without waiting for the one before the other. A gateway
 * that is there again within milliseconds ends such a process: the files are locked still.
 */
export function mendPayloadStore (puppet: any): void {
  const store = puppet._payloadStore
  if (typeof store?.start !== 'function' || typeof store.stop !== 'function') return
  const [start, stop] = [store.start.bind(store), store.stop.bind(store)]
  let last: Promise<unknown> = Promise.resolve()
  const afterwards = (work: () => Promise<unknown>) => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  store.start = (contactId: string) => afterwards(() => start(contactId))
  store.stop = () => afterwards(stop)
}
