/**
 * The bot of every tutorial, which is told nothing: what it needs stands in its environment, as the demo prints it.
 */
import { WechatyBuilder } from 'wechaty'

const bot = WechatyBuilder.build()
bot.on('error', () => {})
bot.on('message', async message => {
  if (message.text() === 'ding') await message.say('dong')
})
await bot.start()
