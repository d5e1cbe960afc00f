/** The numbers of an older `wechaty-puppet`, by their names as today's: the oldest ones counted otherwise. */
import { types } from 'wechaty-puppet'

/** Names that have changed. */
const RENAMED = { Personal: 'Individual' }

export class Numbers {
  /** @param kit the `wechaty-puppet` 0.x */
  constructor (kit) {
    this.contact = translation(kit.ContactType, types.Contact)
    this.friendship = translation(kit.FriendshipType, types.Friendship)
    this.gender = translation(kit.ContactGender, types.ContactGender)
    this.message = translation(kit.MessageType, types.Message)
    this.scan = translation(kit.ScanStatus, types.ScanStatus)
  }
}

/** What one enumeration calls by a number, as the other's number; unknown ones become `Unknown`. */
function translation (from, to) {
  if (!from) return number => number
  return number => to[RENAMED[from[number]] ?? from[number]] ?? to.Unknown
}
