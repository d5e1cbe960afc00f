/** What a team's bot tells, as the stock Wechaty does. */
import type { Contact, ContactSelf, Friendship, Message, Post, Room, RoomInvitation, ScanStatus, Wechaty } from 'wechaty'

type Done = unknown | Promise<unknown>

export interface HAWechatyEvents {
  dong: (this: Wechaty, data?: string) => Done
  /** Something failed, in the stock packages or at the gateway. */
  error: (this: Wechaty, error: Error) => Done
  friendship: (this: Wechaty, friendship: Friendship) => Done
  heartbeat: (this: Wechaty, data: any) => Done
  /** The first account is there; the user is the whole team. */
  login: (this: Wechaty, user: ContactSelf) => Done
  /** The last account is gone. */
  logout: (this: Wechaty, user: ContactSelf, reason?: string) => Done
  message: (this: Wechaty, message: Message) => Done
  post: (this: Wechaty, post: Post) => Done
  puppet: (this: Wechaty, puppet: any) => Done
  ready: (this: Wechaty) => Done
  'room-invite': (this: Wechaty, invitation: RoomInvitation) => Done
  'room-join': (this: Wechaty, room: Room, invitees: Contact[], inviter: Contact, date?: Date) => Done
  'room-leave': (this: Wechaty, room: Room, leavers: Contact[], remover?: Contact, date?: Date) => Done
  'room-topic': (this: Wechaty, room: Room, topic: string, oldTopic: string, changer: Contact, date?: Date) => Done
  /** An account wants its code scanned. */
  scan: (this: Wechaty, qrcode: string, status: ScanStatus, data?: string) => Done
  start: (this: Wechaty) => Done
  stop: (this: Wechaty) => Done
  /** The team's Wechaty is there, which is the one that plugins are installed in. */
  wechaty: (this: Wechaty, wechaty: Wechaty) => Done
}

export type HAWechatyEventName = keyof HAWechatyEvents
