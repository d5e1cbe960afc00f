/** The judge of the gateway's own ledger, `ha-wechaty sends`, by what bots were told and accounts did. */

const countsOf = list => {
  const counts = {}
  for (const one of list) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

/** What does not agree: { faults, figures }. */
export function judgeLedger ({ bots, done, keys, lives, moment, sends }) {
  const faults = []
  const rows = new Map()
  for (const row of sends) {
    if (!row.id) continue
    const other = rows.get(row.id)
    if (other) faults.push(`the ledger has ${row.id} twice: ${JSON.stringify([other, row])}`)
    if (!other || row.how === 'answered') rows.set(row.id, row)
  }
  // A witness knows what a teammate said by an id of its own.
  const isDone = id => done.has(keys.get(id))
  for (const row of rows.values()) {
    if (row.outcome === 'sent' && !isDone(row.id.split('~')[0])) faults.push(`the ledger says that ${row.id} is sent, and nobody saw it: ${JSON.stringify(row)}`)
  }
  const figures = { cut: 0, cutBefore: 0, outcomes: countsOf(sends.map(({ how, outcome }) => `${outcome}, ${how}`)), rows: sends.length }
  for (const { diary, name } of bots) {
    const places = new Map(diary.filter(({ what }) => what === 'asks').map(({ key, where }) => [key, where]))
    for (const { at, id, key, ok } of diary.filter(({ what }) => what === 'told')) {
      if (!ok || !id) continue
      const row = rows.get(id)
      if (!row) {
        // A line is on the disk a moment after its bot was told.
        const until = Math.min(...lives.map(({ from, to }) => to > at ? from - at : Infinity))
        figures.cut++
        if (until > moment) faults.push(`the ledger has no row of ${id}, of which ${name} was told ${until} ms before a kill`)
        else figures.cutBefore = Math.max(figures.cutBefore, Math.round(until))
      } else if (row.outcome !== 'sent' || row.conversation !== places.get(key)) {
        faults.push(`the ledger says ${JSON.stringify(row)}, and ${name} was told that it is sent to ${places.get(key)}`)
      }
    }
  }
  return { faults, figures }
}
