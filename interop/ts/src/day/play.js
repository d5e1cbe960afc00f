/** Plays a day to the accounts of a stage and to its bot, and returns what everybody saw. */
import * as PUPPET from 'wechaty-puppet'

import { until } from '../until.js'
import { TalkativeBot } from './bot-handle.js'
import { ALL, homeOf, NAMES, ROOM_IDS } from './places.js'

const { Message } = PUPPET.types
/** What has not come by then is late: noted, and the day goes on. */
const PATIENCE = 15_000
/** What the bot does to rooms, and what it is told of that. */
const ECHOES = { roomAdd: 'room-join', roomDel: 'room-leave', roomTopic: 'room-topic' }
/** Where much is late already, the rest need not be waited for as long. */
const IMPATIENCE = 2_000

export async function playDay (stage, script, client) {
  const bot = new TalkativeBot(stage.door, client)
  try {
    await bot.start()
    const day = new Day(stage, bot)
    for (const step of script) await day.live(step)
    await day.still()
    return day
  } finally {
    await bot.close()
  }
}

class Day {
  /** What did not come in time: [{ scene, what }]. */
  late = []
  /** What was said while the bot was away: the steps. */
  away = []
  /** The ids of the payloads that never come, and what they say. */
  hung = []
  seconds = {}
  bells = 0
  /** How often people said something that the bot must have heard by the next bell. */
  said = 0
  spokenIn = new Set()
  underWay = []
  last = new Map()
  /** What of `ECHOES` was done, and told, by the last time that all was still. */
  echoed = new Map(Object.keys(ECHOES).map(method => [method, { done: 0, told: 0 }]))

  constructor (stage, bot) {
    this.accounts = stage.wechat.accounts.map(({ name }) => name)
    this.bot = bot
    this.stage = stage
    this.wechat = stage.wechat
  }

  async live (step) {
    if (step.scene) {
      this.scene = step.scene
      this.since = performance.now()
    } else await this[step.step](step)
    this.seconds[this.scene] = Math.round(performance.now() - this.since) / 1000
  }

  // ---- people talk ------------------------------------------------------------------------------

  say ({ letter, where, who }) {
    const { file } = letter
    this.post(where, who, file ? { file: { bytes: Buffer.alloc(file.bytes, file.name), name: file.name } } : letter)
  }

  mention ({ text, where, who, whom }) {
    const account = this.accounts[whom % this.accounts.length]
    const self = `wxid_${account}`
    const name = this.wechat.world.rooms[ROOM_IDS[where]].roomAlias[self] ?? NAMES[this.accounts.indexOf(account)]
    this.post(where, who, { mentionIdList: [self], text: `@${name}\u2005${text}`, type: Message.Text })
  }

  hang ({ text, where }) {
    this.hung.push(text)
    this.post(where, 'wxid_alice', { hangs: true, text, type: Message.Text }, where === 'bob' ? 'wxid_bob' : 'wxid_alice')
  }

  /** What a person says, to every account in a room or to the one that it writes to; nobody waits. */
  post (where, who, message, talkerId = who) {
    this.spokenIn.add(where)
    if (!message.hangs && !this.isAway) this.said += 1
    const sent = ROOM_IDS[where]
      ? this.wechat.sayInRoom(talkerId, ROOM_IDS[where], message)
      : this.wechat.sayTo(homeOf(talkerId, this.accounts), talkerId, message).then(id => ({ [homeOf(talkerId, this.accounts)]: id }))
    this.last.set(`${where} ${talkerId}`, sent)
    this.underWay.push(sent)
  }

  async recall ({ where, who }) {
    const ids = await this.last.get(`${where} ${who}`)
    const room = ROOM_IDS[where] ? { roomId: ROOM_IDS[where] } : {}
    const recalled = { ...this.wechat.letter({ type: Message.Recalled }), ...room, talkerId: who }
    this.spokenIn.add(where)
    this.said += 1
    // Each account knows the message that is taken back by an id of its own.
    await Promise.all(Object.entries(ids).map(
      ([name, id]) => this.wechat.account(name).order('receive', { ...recalled, text: id })))
  }

  // ---- rooms ------------------------------------------------------------------------------------

  room (where) { return this.wechat.world.rooms[ROOM_IDS[where]] }

  async rename ({ topic, where, who }) {
    const room = this.room(where)
    const payload = { changerId: who, newTopic: topic, oldTopic: room.topic, roomId: room.id, timestamp: Date.now() }
    room.topic = topic
    await this.happens('room-topic', where, payload)
  }

  async join ({ where, who, whom }) {
    const room = this.room(where)
    room.memberIdList = [...room.memberIdList, whom]
    await this.happens('room-join', where, { inviteeIdList: [whom], inviterId: who, roomId: room.id, timestamp: Date.now() })
  }

  async leave ({ where, who, whom }) {
    const room = this.room(where)
    room.memberIdList = room.memberIdList.filter(member => member !== whom)
    await this.happens('room-leave', where, { removeeIdList: [whom], removerId: who, roomId: room.id, timestamp: Date.now() })
  }

  async alias ({ alias, where, who }) {
    this.room(where).roomAlias[who] = alias
    await this.behindItsBack(where)
  }

  async dirty ({ topic, where }) {
    this.room(where).topic = topic
    await this.behindItsBack(where)
  }

  /** Accounts tell that something is stale, and not what; a bot hears of it without a sign. */
  async behindItsBack (where) {
    const id = ROOM_IDS[where]
    await Promise.all(this.wechat.accounts.map(account => account.order('see', { changedRooms: [id], world: this.wechat.world })))
    this.spokenIn.add(where)
    await this.settle()
  }

  async happens (name, where, payload) {
    const before = this.count(name)
    this.wechat.changed(ROOM_IDS[where], name, payload)
    await this.untilInTime(`${name} in ${where}`, () => this.count(name) > before)
    this.spokenIn.add(where)
  }

  count (kind) { return this.bot.heard.filter(heard => heard.kind === kind).length }

  async odd ({ event, payload, timestamp }) {
    const times = { iso: new Date().toISOString(), ms: Date.now(), none: undefined, null: null, text: String(Math.floor(Date.now() / 1000)) }
    const time = timestamp in times ? times[timestamp] : Date.now()
    const before = this.bot.raw.length
    await this.wechat.emit(event, { ...payload, roomId: ROOM_IDS.tea, timestamp: time })
    await this.untilInTime(`odd ${event}`, () => this.bot.raw.length > before)
    this.spokenIn.add('tea')
  }

  // ---- requests ---------------------------------------------------------------------------------

  async befriend ({ id }) {
    const home = homeOf('wxid_stranger', this.accounts)
    await this.wechat.account(home).order('befriend', {
      contactId: 'wxid_stranger', hello: `it is ${id}`, id, scene: 14, stranger: 'v2_stranger', ticket: 'v1_ticket',
      timestamp: Math.floor(Date.now() / 1000), type: PUPPET.types.Friendship.Receive,
    })
    await this.untilInTime('a new friend is greeted', () => this.wechat.delivered('hello, new friend').length > 0)
  }

  async invite ({ id }) {
    const home = homeOf('wxid_bob', this.accounts)
    await this.wechat.account(home).order('invite', {
      avatar: 'https://avatar.invalid/room.png', id, invitation: 'come!', inviterId: 'wxid_bob', memberCount: 2,
      memberIdList: ['wxid_alice', 'wxid_bob'], receiverId: `wxid_${home}`, timestamp: Math.floor(Date.now() / 1000), topic: 'Elsewhere',
    })
    await this.untilInTime('an invitation is accepted', () => this.wechat.acts('roomInvitationAccept').some(({ args }) => args[0] === id))
    // The bot looks it up besides, and is done with that when it answers a bell.
    this.spokenIn.add('bob')
  }

  // ---- what goes wrong --------------------------------------------------------------------------

  async scan ({ all, status }) {
    const names = all ? this.accounts : [this.accounts[0]]
    await this.wechat.emit('scan', { qrcode: 'https://login.invalid/again', status }, names)
  }

  async restart ({ account, away = [], kind }) {
    await this.still()
    if (kind === 'account') return this.restartAccount(this.accounts[account % this.accounts.length])
    await this.bot.restart(kind, async () => {
      this.isAway = true
      for (const step of away) {
        this.away.push(step)
        this.say(step)
      }
      await this.arrived()
      this.isAway = false
    })
    await this.wechat.untilWatched()
  }

  async restartAccount (name) {
    await this.wechat.account(name).kill()
    await this.wechat.restart(name)
    // A bot without a gateway has to be started again as well.
    if (this.stage.direct) await this.bot.restart('stop')
    await this.wechat.untilWatched([name])
  }

  // ---- time passes ------------------------------------------------------------------------------

  async arrived () {
    await Promise.all(this.underWay.splice(0))
  }

  /** Rings in every place that was spoken in: the bot answers once all that it had to say is said. */
  async settle () {
    await this.arrived()
    const places = [...this.spokenIn].sort()
    this.spokenIn.clear()
    if (places.length === 0) return
    const news = () => this.bot.heard.filter(({ kind, self, text }) =>
      kind === 'message' && !self && !this.away.some(({ letter }) => letter === text) && !this.hung.includes(text)).length
    await this.untilInTime('all is heard', () => news() >= this.said, () => ({ heard: news(), said: this.said }))
    // What is lost is missed once.
    this.said = news()
    const bell = ++this.bells
    for (const where of places) this.post(where, where === 'bob' ? 'wxid_bob' : 'wxid_alice', `bell ${bell}`)
    this.spokenIn.clear()
    const rung = () => this.wechat.delivered(`rung ${bell}`).length
    const heard = () => this.bot.heard.filter(({ self, text }) => self && text === `rung ${bell}`).length
    await this.untilInTime(`the bell in ${places}`, () => rung() >= places.length && heard() >= places.length, () => ({
      failed: this.bot.failed.slice(-3), heard: heard(), rung: rung(),
    }))
    for (const [method, event] of Object.entries(ECHOES)) {
      const [now, before] = [() => ({ done: this.wechat.acts(method).length, told: this.count(event) }), this.echoed.get(method)]
      await this.untilInTime(`the ${event} of the bot itself`, () => now().told - before.told >= now().done - before.done)
      this.echoed.set(method, now())
    }
  }

  /** Until the bot has told nothing for a moment: it looks into room events and invitations before it tells of them. */
  async still () {
    let [before, since] = [-1, 0]
    await this.untilInTime('the bot is done', () => {
      const { heard, raw } = this.bot
      if (heard.length + raw.length !== before) [before, since] = [heard.length + raw.length, performance.now()]
      return performance.now() - since > 300
    })
  }

  async wake () {
    ALL.forEach(where => this.spokenIn.add(where))
    await this.settle()
  }

  async untilInTime (what, condition, seen) {
    try {
      await until(condition, { seen, what, within: this.late.length < 3 ? PATIENCE : IMPATIENCE })
    } catch (error) {
      this.late.push({ scene: this.scene, what: error.message })
    }
  }
}
