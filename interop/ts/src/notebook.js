/**
 * What one account notes about its contacts: aliases, phones, remarks, descriptions and tags. In WeChat
 * these are the account's own; nobody else sees them.
 */
const INITIAL_NOTES = { wxid_alice: { alias: 'Ali', description: 'likes tea' }, wxid_bob: { alias: 'Bobby' } }
const INITIAL_TAGS = { friends: ['wxid_alice', 'wxid_bob'], work: ['wxid_alice'] }

export function newNotebook () {
  const notes = structuredClone(INITIAL_NOTES)
  const tags = new Map(Object.entries(INITIAL_TAGS).map(([tag, ids]) => [tag, new Set(ids)]))

  return {
    about: id => notes[id] ?? {},
    dropTag: tag => tags.delete(tag),
    tag: (tag, id) => tags.set(tag, (tags.get(tag) ?? new Set()).add(id)),
    tags: id => [...tags].filter(([, ids]) => id === undefined || ids.has(id)).map(([tag]) => tag),
    untag: (tag, id) => tags.get(tag)?.delete(id),
    write: (id, change) => { notes[id] = { ...notes[id], ...change } },
  }
}
