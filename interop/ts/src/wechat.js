/**
 * The WeChat of a test: the world, the processes of the team's accounts, and the mail between them.
 * What an account says in a room reaches the teammates in it under ids of their own; what people say
 * reaches every account in the room, or the one account they write to.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as PUPPET from 'wechaty-puppet'

import { AccountProcess } from './account-process.js'
import { FileShelf } from './message-log.js'
import { until } from './until.js'
import { ACCOUNTS, HEARTBEAT, newWorld } from './world.js'

const { Message } = PUPPET.types

export class WeChat {
  /**
   * @param {object} options
   * @param {string[]} [options.accounts] names
   * @param {'community' | 'off'} [options.tls] of the accounts' services
   * @param {'current' | 'older' | 'juzi' | 'juzi-mended'} [options.generation] of the accounts' services; of each, if it is a list
   * @param {(world: object, accounts: string[]) => void} [options.arrange] changes the world before anybody is in it
   * @param {string[]} [options.late] accounts that are not started yet
   * @param {number} [options.latency] at most so many ms before and after a send is delivered
   */
  static async open ({ accounts = ACCOUNTS, arrange, generation, late = [], latency, login, seed, tls = 'community' } = {}) {
    const directory = mkdtempSync(join(tmpdir(), 'wechat-'))
    const processes = await Promise.all(accounts.map(
      (name, index) => AccountProcess.place(name, { directory, generation: Array.isArray(generation) ? generation[index] : generation, latency, login, seed: (seed ?? 1) + index, tls })))
    const wechat = new WeChat(directory, processes)
    arrange?.(wechat.world, accounts)
    await Promise.all(processes.filter(({ name }) => !late.includes(name)).map(account => account.start(wechat.world)))
    return wechat
  }

  constructor (directory, accounts) {
    this.directory = directory
    mkdirSync(join(directory, 'files'))
    this.shelf = new FileShelf(join(directory, 'files'))
    this.accounts = accounts
    this.world = newWorld(accounts.map(account => account.name))
    this.routed = new Set()
    for (const account of accounts) {
      account.on('sent', message => this.route(account, message))
      account.on('act', act => this.take(account, act))
      account.on('down', () => account.ledger().forEach(message => this.route(account, message)))
    }
  }

  account (name) {
    return this.accounts.find(account => account.name === name)
  }

  /** Starts a dead account again, where it was. */
  async restart (name) {
    await this.account(name).start(this.world)
  }

  async untilWatched (names = this.accounts.map(account => account.name)) {
    await until(() => names.every(name => this.account(name).watched), {
      seen: () => this.accounts.map(({ loggedIn, name, streamOpen }) => ({ loggedIn, name, streamOpen })),
      what: `${names} are logged in, with an event stream open`,
      within: 60_000,
    })
  }

  async close () {
    await Promise.all(this.accounts.map(account => account.kill()))
    rmSync(this.directory, { force: true, recursive: true })
  }

  /** Everything the accounts delivered to people: [{ account, id, roomId | listenerId, text, … }]. */
  ledger () {
    return this.accounts.flatMap(account => account.ledger().map(message => ({ account: account.name, ...message })))
  }

  /** What was delivered there, in the order in which it was, whichever account delivered it. */
  inOrder (conversation) {
    const there = this.ledger().filter(({ listenerId, roomId }) => (roomId ?? listenerId) === conversation)
    return there.sort((one, other) => one.sentAt - other.sentAt)
  }

  /** Everything else they were made to do, in order: [{ account, method, args, result }]. */
  acts (method) {
    return this.accounts
      .flatMap(account => account.acts().map(act => ({ account: account.name, ...act })))
      .filter(act => method === undefined || act.method === method)
      .sort((one, other) => one.at - other.at)
  }

  /** The entries of the ledger with this text. */
  delivered (text) {
    return this.ledger().filter(message => message.text === text)
  }

  // ---- people -----------------------------------------------------------------------------------

  /** A person says something in a room: every account in it that lives gets a copy. */
  async sayInRoom (talkerId, roomId, message) {
    const there = this.accounts.filter(
      account => account.loggedIn && this.world.rooms[roomId].memberIdList.includes(account.self))
    const ids = await Promise.all(there.map(
      account => account.order('receive', { ...this.letter(message), roomId, talkerId })))
    return Object.fromEntries(there.map((account, index) => [account.name, ids[index]]))
  }

  /** A person writes to one account; the id its message has there. */
  async sayTo (name, talkerId, message) {
    return this.account(name).order('receive', { ...this.letter(message), talkerId })
  }

  /** A text, or { file: { name, bytes } }, { contact }, { url }, { miniProgram }, { location }. */
  letter (message) {
    if (typeof message === 'string') return { text: message, timestamp: Date.now(), type: Message.Text }
    const { contact, file, location, miniProgram, url, ...rest } = message
    const timestamp = Date.now()
    if (file) {
      const content = { file: { name: file.name, ...this.shelf.put(file.bytes) } }
      const type = /\.png$/.test(file.name) ? Message.Image : Message.Attachment
      return { content, filename: file.name, timestamp, type, ...rest }
    }
    if (contact) return { content: { contact }, timestamp, type: Message.Contact, ...rest }
    if (url) return { content: { url }, timestamp, type: Message.Url, ...rest }
    if (miniProgram) return { content: { miniProgram }, timestamp, type: Message.MiniProgram, ...rest }
    if (location) return { content: { location }, timestamp, type: Message.Location, ...rest }
    return { timestamp, type: Message.Text, ...rest }
  }

  /** Emits one event at each of these accounts. */
  async emit (event, payload, names = this.accounts.map(account => account.name)) {
    await Promise.all(names.map(name => this.account(name).order('emit', { event, payload })))
  }

  // ---- mail -------------------------------------------------------------------------------------

  route (sender, message) {
    if (this.routed.has(message.id)) return
    this.routed.add(message.id)
    const { forwarded: _forwarded, id: _id, listenerId, sent: _sent, sentAt: _sentAt, ...letter } = message
    if (message.roomId) {
      const members = this.world.rooms[message.roomId].memberIdList
      this.accounts
        .filter(account => account !== sender && account.loggedIn && members.includes(account.self))
        .forEach(account => post(account, letter))
    } else if (listenerId === HEARTBEAT && message.text === 'ding') {
      post(sender, { ...this.letter('dong'), talkerId: HEARTBEAT })
    } else {
      const teammate = this.accounts.find(account => account.self === listenerId)
      if (teammate && teammate !== sender) post(teammate, letter)
    }
  }

  /** An account was made to do something: if others can see that, they do. */
  take (account, { args, method, result }) {
    const [id, argument] = args
    const room = this.world.rooms[id]
    const timestamp = Date.now()
    switch (method) {
      case 'roomTopic': {
        const payload = { changerId: account.self, newTopic: argument, oldTopic: room.topic, roomId: id, timestamp }
        room.topic = argument
        return this.changed(id, 'room-topic', payload)
      }
      case 'roomAnnounce':
        room.announcement = argument
        return this.changed(id)
      case 'roomAdd':
        if (!room.memberIdList.includes(argument)) room.memberIdList.push(argument)
        return this.changed(id, 'room-join', { inviteeIdList: [argument], inviterId: account.self, roomId: id, timestamp })
      case 'roomDel':
        room.memberIdList = room.memberIdList.filter(member => member !== argument)
        return this.changed(id, 'room-leave', { removeeIdList: [argument], removerId: account.self, roomId: id, timestamp })
      case 'roomQuit':
        room.memberIdList = room.memberIdList.filter(member => member !== account.self)
        return this.changed(id)
      case 'roomCreate': {
        const memberIdList = [...new Set([account.self, ...id])]
        this.world.rooms[result] = {
          ...this.world.rooms[Object.keys(this.world.rooms)[0]],
          adminIdList: [], id: result, memberIdList, ownerId: account.self, roomAlias: {}, topic: argument,
        }
        return this.changed(result)
      }
    }
  }

  /** Tells all accounts of a changed room, then its members of the event. */
  changed (roomId, event, payload) {
    for (const account of this.accounts.filter(one => one.serving)) {
      account.order('see', { changedRooms: [roomId], world: this.world }).catch(ignoreDeath)
      if (event && this.world.rooms[roomId].memberIdList.includes(account.self)) {
        account.order('emit', { event, payload }).catch(ignoreDeath)
      }
    }
  }
}

const post = (account, letter) => account.order('receive', letter).catch(ignoreDeath)

/** Who died meanwhile does not hear of it; that is what the tests are about. */
function ignoreDeath () {}
