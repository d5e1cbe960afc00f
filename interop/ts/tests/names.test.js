// The page that says what each name of TypeScript is in Rust: does it have them all?

import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { impls, WechatyBuilder } from 'wechaty'

const page = readFileSync(new URL('../../../crates/ha-wechaty/src/typescript.rs', import.meta.url), 'utf8')

// What the page says of every class at once.
const common = new Set([
  'wechaty', 'pool', 'valid', 'validInstance', 'validInterface', 'toString',
  ...Object.getOwnPropertyNames(EventEmitter), ...Object.getOwnPropertyNames(EventEmitter.prototype),
])

// Public in JavaScript, and marked private in the types.
const hidden = new Set(['new', 'singletonInstance', 'newInstance'])

function members (type) {
  const names = new Set()
  for (let at = type; at && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach(name => names.add(name))
  }
  for (let at = type.prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    Object.getOwnPropertyNames(at).forEach(name => names.add(name))
  }
  return [...names].filter(name => !name.startsWith('_') && !common.has(name) && !hidden.has(name)
    && !['constructor', 'length', 'prototype', 'name'].includes(name))
}

function section (title) {
  const [, rest] = page.split(`//! ## ${title}\n`)
  assert.ok(rest, `the page has no section ${title}`)
  return rest.split('//! ## ')[0]
}

const classes = {
  Wechaty: impls.WechatyImpl,
  Message: impls.MessageImpl,
  Contact: impls.ContactImpl,
  ContactSelf: impls.ContactSelfImpl,
  Room: impls.RoomImpl,
  Friendship: impls.FriendshipImpl,
  RoomInvitation: impls.RoomInvitationImpl,
  Tag: impls.TagImpl,
  WechatyBuilder,
}

for (const [title, type] of Object.entries(classes)) {
  test(`the page has every name of ${title}`, () => {
    const ofContact = title === 'ContactSelf' ? new Set(members(impls.ContactImpl)) : new Set()
    const names = members(type).filter(name => !ofContact.has(name))
    assert.ok(names.length > 0)
    assert.deepEqual(names.filter(name => !section(title).includes('`' + name + '`')), [])
  })
}

for (const type of ['UrlLink', 'MiniProgram', 'Location', 'Image']) {
  test(`the page has every name of ${type}`, () => {
    const row = section('Sayable').split('\n').find(line => line.startsWith(`//! | \`${type}\` (`))
    assert.deepEqual(members(impls[type + 'Impl']).filter(name => !row.includes('`' + name + '`')), [])
  })
}
