/**
 * One day in the life of a bot, drawn by a seed: a list of steps as plain facts, so that the same day can be played
 * to one phone and to a team, and printed when something is wrong. `where` is a place of `places.js`.
 *
 * | step | what happens |
 * |---|---|
 * | `say` | a person says a letter (a text, or `{ file }`, `{ contact }`, …) and waits for nobody |
 * | `mention` | a person says something to the bot by name; `whom` picks the account that is meant |
 * | `recall` | a person takes back what it said last there |
 * | `rename`, `join`, `leave`, `odd` | a room changes, and the accounts in it tell so, as puppets do: also with odd fields |
 * | `befriend`, `invite` | a person asks for something that the bot accepts |
 * | `scan` | accounts tell of a QR code though they are logged in, and go on working |
 * | `hang` | a person says something whose payload no account ever hands out |
 * | `restart` | the bot, by `reset`, `stop` or `kill`; or an account's service |
 * | `settle` | until the bot has heard everything, and people have an answer in every place that was spoken in |
 * | `wake` | the same in every place: a stock bot that has just started hears in any order, until it has met everybody once |
 */
import { seededRandom } from '../seeded-random.js'
import { ALL, PRIVATE, ROOMS, WHO } from './places.js'

const WORDS = [
  '1', '1', '1', 'ok', '好的', '哈哈', '今天天气不错', 'ping?', 'a\nb', '「Alice：tea?」\n- - - - - - -\nyes', '👍', '🇨🇳 家', '@all lunch',
  '&lt;b&gt; <b>', '"quoted" \\ back', ' spaces ', 'مرحبا', '%3F ? # &',
]
const HALF = ['half \ud83d of it', '\ude00 other half', 'cut in two \ud83c']
const TOPICS = ['茶室', 'Tea & more', 'Tea 🍵', 'tea\u2005room', 'plain']
const LINK = { description: 'about tea', thumbnailUrl: 'https://tea.invalid/t.png', title: '茶', url: 'https://tea.invalid/?q=1#2' }
const MINI = {
  appid: 'wx1', description: 'brews', iconUrl: 'https://tea.invalid/i.png', pagePath: 'pages/tea', shareId: '7', thumbKey: 'key',
  thumbUrl: 'https://tea.invalid/m.png', title: 'Brewer', username: 'gh_brewer',
}
const PLACE = { accuracy: 15, address: '成府路 45', latitude: 39.995, longitude: 116.334, name: '海淀' }

/**
 * @param {number} seed
 * @param {number} [hours] how often the middle of the day is lived through
 */
export function drawDay (seed, hours = 1) {
  const random = seededRandom(seed)
  const below = count => Math.floor(random() * count)
  const one = list => list[below(list.length)]
  const shuffled = list => list.map(it => [random(), it]).sort(([a], [b]) => a - b).map(([, it]) => it)
  let number = 0
  const next = () => ++number
  const say = (where, letter, who = one(WHO[where])) => ({ letter, step: 'say', where, who })
  const [settle, wake] = [{ step: 'settle' }, { step: 'wake' }]

  /** People talk past one another, and the bot answers some of it in parts. */
  const talk = (places = ALL, count = 8 + below(8)) => Array.from({ length: count }, () => {
    const where = one(places)
    return one([
      () => say(where, one(WORDS)), () => say(where, one(WORDS)), () => say(where, `text ${next()}`),
      () => say(where, `parts ${next()} ${2 + below(4)}`),
    ])()
  })

  const away = () => [one(ROOMS), one(PRIVATE)].flatMap(where => [1, 2, 3].map(() => say(where, `away ${next()}`)))

  const scenes = {
    talk: () => [...talk(), settle],
    'one place, much at once': () => {
      const where = one(ALL)
      return [...Array.from({ length: 6 }, () => say(where, `parts ${next()} 4`)), settle]
    },
    // Which of two places is answered first is not determined, so nobody else is answered meanwhile.
    everywhere: () => [say(one(ALL), `everywhere ${next()}`), settle, ...talk(ALL, 4), settle, say(one(ALL), `everywhere ${next()}`), settle],
    'the same words': () => [
      ...Array.from({ length: 3 }, () => say(one(ROOMS), '1', 'wxid_alice')), settle,
      ...Array.from({ length: 3 }, () => say('alice', '1')), settle, say(one(ROOMS), '1', 'wxid_alice'), settle,
    ],
    mentions: () => [0, 1, 2].flatMap(whom => [
      { step: 'mention', text: 'ding', where: one(ROOMS), who: 'wxid_alice', whom }, settle,
      { step: 'mention', text: `hello ${next()}`, where: one(ROOMS), who: 'wxid_bob', whom }, settle,
    ]),
    'the bot mentions': () => [say('tea', 'mention me'), settle, say('coffee', 'mention yourself'), settle],
    'half emojis': () => [...shuffled(HALF).map(half => say(one(ALL), half)), say(one(ROOMS), 'half'), say(one(PRIVATE), 'half'), settle],
    'long texts': () => [
      // A stock service's answers overtake one another when they are as long as this.
      say(one(ALL), `long ${'长'.repeat(500 + below(8000))}`), settle, say(one(ALL), `much ${next()} ${20_000 + below(20_000)}`), settle,
    ],
    'files of people': () => shuffled([
      { bytes: 30, name: 'small.txt' }, { bytes: 70_000, name: 'cup.png' }, { bytes: 300_000, name: '报告.pdf' },
    ]).flatMap(file => [say(one(ALL), { file }), settle]),
    'files of the bot': () => [say(one(ALL), 'file 40 small.bin'), settle, say(one(ALL), 'file 90000 large.png'), settle],
    'cards of people': () => [
      say(one(ALL), { contact: 'wxid_bob' }), say(one(ALL), { url: LINK }), say(one(ALL), { miniProgram: MINI }),
      say(one(ALL), { location: PLACE }), settle,
    ],
    'cards of the bot': () => [say(one(ALL), 'cards'), settle],
    forwards: () => [
      say('alice', `pass on ${next()}`), settle, say('alice', { file: { bytes: 50_000, name: 'pass.png' } }), settle,
    ],
    recalls: () => {
      const [where, other] = [one(ROOMS), one(PRIVATE)]
      return [
        say(where, `oops ${next()}`, 'wxid_alice'), settle, { step: 'recall', where, who: 'wxid_alice' }, settle,
        say(other, `oops ${next()}`), settle, { step: 'recall', where: other, who: WHO[other][0] }, settle,
        say(where, 'recall'), settle,
      ]
    },
    rooms: () => [
      { step: 'rename', topic: `${one(TOPICS)} ${next()}`, where: 'coffee', who: 'wxid_bob' }, settle, say('coffee', 'topic?'), settle,
      { step: 'join', where: 'tea', who: 'wxid_alice', whom: 'wxid_stranger' }, settle, say('tea', 'who?'), settle,
      { step: 'leave', where: 'tea', who: 'wxid_alice', whom: 'wxid_stranger' }, settle, say('tea', 'who?'), settle,
      { alias: `Bob ${next()}`, step: 'alias', where: 'tea', who: 'wxid_bob' }, settle, say('tea', 'alias?', 'wxid_bob'), settle,
    ],
    'rooms of the bot': () => [
      say('coffee', `topic ${one(TOPICS)} ${next()}`), settle, say('coffee', 'topic?'), settle, say('tea', `announce 通知 ${next()}`), settle,
      say('tea', 'add wxid_stranger'), settle, say('tea', 'del wxid_stranger'), settle,
      // Nobody acknowledges a room event: a bot that ends before it has asked for what came next is told of it again.
      say('tea', 'in peace'), settle,
    ],
    'odd fields': () => shuffled([
      { event: 'room-join', payload: { inviteeIdList: ['wxid_bob'], inviterId: null } },
      { event: 'room-topic', payload: { changerId: null, newTopic: `by nobody ${next()}`, oldTopic: null } },
      { event: 'room-topic', payload: { changerId: 'wxid_bob', newTopic: `some day ${next()}`, oldTopic: 'x' }, timestamp: 'none' },
      { event: 'room-topic', payload: { changerId: 'wxid_bob', newTopic: `half \ud83d ${next()}`, oldTopic: 'x' } },
      { event: 'room-leave', payload: { removeeIdList: ['wxid_bob'], removerId: null }, timestamp: 'null' },
      { event: 'room-join', payload: { inviteeIdList: ['wxid_alice'], inviterId: 'wxid_bob' }, timestamp: one(['text', 'iso', 'ms']) },
    ]).flatMap(odd => [{ ...odd, step: 'odd' }, settle]),
    dirty: () => [
      { step: 'dirty', topic: `behind its back ${next()}`, where: 'coffee' }, settle, say('coffee', 'topic?'), settle,
    ],
    friends: () => [{ id: `friend-${next()}`, step: 'befriend' }, settle, { id: `invite-${next()}`, step: 'invite' }, settle],
    'stray scans': () => [
      ...talk(ALL, 3), { all: random() < 0.5, status: one([2, 3, 4, 5]), step: 'scan' }, settle, ...talk(ALL, 5), settle,
    ],
    'hung payloads': () => {
      const where = one(ALL)
      return [say(where, 'before'), { step: 'hang', text: `never ${next()}`, where }, say(where, 'after'), ...talk(ALL, 5), settle]
    },
    'bot resets': () => [settle, { kind: 'reset', step: 'restart' }, wake, ...talk(ALL, 4), settle],
    'bot stops and starts': () => [settle, { away: away(), kind: 'stop', step: 'restart' }, wake, ...talk(ALL, 4), settle],
    'bot is killed': () => [settle, { away: away(), kind: 'kill', step: 'restart' }, wake, ...talk(ALL, 4), settle],
    'an account restarts': () => [settle, { account: below(3), kind: 'account', step: 'restart' }, wake, ...talk(ALL, 4), settle],
  }

  const day = [{ scene: 'morning' }, wake]
  for (let hour = 0; hour < hours; hour++) {
    for (const name of shuffled(Object.keys(scenes))) day.push({ scene: name }, ...scenes[name]())
  }
  return day
}
