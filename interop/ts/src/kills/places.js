/** Where people talk while the gateway is killed, how fast the team may answer there, and which bots there are. */
import { NORTH_ONLY, TEA } from '../world.js'

/** Conversations, by the id that a bot has for each: who talks there, and to which account if it is private. */
export const PLACES = {
  [TEA]: { who: ['wxid_alice', 'wxid_bob'] },
  [NORTH_ONLY]: { who: ['wxid_alice'] },
  wxid_alice: { to: 'north', who: ['wxid_alice'] },
  wxid_bob: { to: 'south', who: ['wxid_bob'] },
}

/** Whom bots ask for friendship. */
export const STRANGER = 'wxid_stranger'

/** So many in so many milliseconds. */
const limit = (count, within) => ({ count, within })

/** Low enough that bots are held up by them in a course of a minute. */
export const LIMITS = {
  friendAdds: [limit(1, 10_000), limit(5, 86_400_000)],
  messages: [limit(10, 2_000), limit(25, 20_000)],
  perConversation: [limit(5, 1_000), limit(18, 10_000)],
}

const text = limits => `[${limits.map(({ count, within }) => `"${count}/${within / 1000}s"`).join(', ')}]`

/** The lines of `[pace]` that say so. */
export const PACE = [
  `messages = ${text(LIMITS.messages)}`,
  `per_conversation = ${text(LIMITS.perConversation)}`,
  `friend_adds = ${text(LIMITS.friendAdds)}`,
]

/** The bots: one that its owner restarts, one that comes back by itself, and one that is a new process each time. */
export const BOTS = ['brisk', 'patient', 'fresh']
