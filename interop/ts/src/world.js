/**
 * Who and what there is in the simulated WeChat: people, rooms, and the three accounts of the team.
 * Contact and room ids are the same for every account, as in WeChat; message ids are not in here,
 * since each account has its own.
 */
export const ACCOUNTS = ['north', 'south', 'west']
export const TEAM = 'ossbot'
export const HEARTBEAT = 'gh_051c89260e5d'

export const selfOf = account => `wxid_${account}`

/** Ids of the rooms that exist from the start. */
export const TEA = 'tea@chatroom'
export const NORTH_ONLY = 'northonly@chatroom'

/** A bot sees one of them and cannot tell which: so it does not matter which it is. */
const THE_SAME_FOR_ALL = {
  avatar: 'https://avatar.invalid/bot.png', friend: false, handle: 'bot-handle', phone: ['+86-10-1'], weixin: 'bot-handle',
}

const person = (id, name, more = {}) => ({
  address: `${name} Street 1`,
  avatar: `https://avatar.invalid/${id}.png`,
  city: 'Haidian',
  corporation: '',
  coworker: false,
  friend: true,
  gender: 1,
  handle: `${id}-handle`,
  id,
  name,
  phone: [`+86-10-${id.length}00${name.length}`],
  province: 'Beijing',
  signature: `I am ${name}`,
  star: false,
  title: '',
  type: 1,
  weixin: `${id}-handle`,
  ...more,
})

export function newWorld (accounts = ACCOUNTS) {
  const selves = accounts.map(selfOf)
  const contacts = [
    ...accounts.map(name => person(selfOf(name), 'Bot', THE_SAME_FOR_ALL)),
    person('wxid_alice', 'Alice', { coworker: true, corporation: 'Tea Ltd', gender: 2, star: true, title: 'CEO' }),
    person('wxid_bob', 'Bob'),
    person('wxid_stranger', 'Stranger', { friend: false }),
    person(HEARTBEAT, 'Heartbeat', { gender: 0, phone: [], type: 2 }),
  ]
  const rooms = [
    room(TEA, 'Tea room', 'wxid_alice', ['wxid_alice', 'wxid_bob', ...selves]),
    room(NORTH_ONLY, 'Only north is here', selves[0], ['wxid_alice', selves[0]]),
  ]
  return {
    contacts: Object.fromEntries(contacts.map(contact => [contact.id, contact])),
    rooms: Object.fromEntries(rooms.map(one => [one.id, one])),
  }
}

function room (id, topic, ownerId, memberIdList) {
  return {
    adminIdList: ['wxid_alice'],
    announcement: `Welcome to ${topic}`,
    avatar: `https://avatar.invalid/${id}.png`,
    handle: '',
    id,
    memberIdList,
    ownerId,
    roomAlias: { wxid_bob: `Bob of ${topic}` },
    topic,
  }
}
