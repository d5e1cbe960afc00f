/** Where people and the bot talk, and to which of the team's accounts people write. */
export const ROOM_IDS = { coffee: 'coffee@chatroom', tea: 'tea@chatroom' }
export const PERSONS = { alice: 'wxid_alice', bob: 'wxid_bob' }

export const ROOMS = Object.keys(ROOM_IDS)
export const PRIVATE = Object.keys(PERSONS)
export const ALL = [...ROOMS, ...PRIVATE]
export const WHO = { alice: ['wxid_alice'], bob: ['wxid_bob'], coffee: ['wxid_alice', 'wxid_bob'], tea: ['wxid_alice', 'wxid_bob'] }

/** The room's or the contact's id. */
export const idOf = where => ROOM_IDS[where] ?? PERSONS[where]

/** Which of the team's accounts a person writes to, by its place; with one account it is always that. */
const HOMES = { wxid_alice: 0, wxid_bob: 1, wxid_stranger: 2 }
export const homeOf = (personId, accounts) => accounts[HOMES[personId] % accounts.length]

/** What the accounts are called: a person names one of them, and means the bot. */
export const NAMES = ['Bot', 'Bot b', '小助手 c']

/** The world of the day: a second room with everybody, and accounts with names of their own. */
export function arrange (world, accounts) {
  const { tea: teaId, coffee: coffeeId } = ROOM_IDS
  const tea = world.rooms[teaId]
  world.rooms[coffeeId] = { ...structuredClone(tea), id: coffeeId, topic: 'Coffee room' }
  accounts.forEach((account, index) => { world.contacts[`wxid_${account}`].name = NAMES[index] })
  // Only one of them has another name in here.
  if (accounts.length > 1) world.rooms[coffeeId].roomAlias[`wxid_${accounts[1]}`] = 'barista'
}
