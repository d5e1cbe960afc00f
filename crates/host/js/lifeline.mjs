/**
 * Ends this process for certain once its parent is gone. The main thread ends by itself when its stdin closes;
 * this thread is for the puppet that hangs, and lets nothing of it outlive the parent.
 */
const LOOK_EVERY = 500
const GRACE = 10_000

const parent = process.ppid
const look = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(look)
  setTimeout(() => {
    try {
      // With all that the puppet started: the parent made this process the leader of a group.
      process.kill(-process.pid, 'SIGKILL')
    } catch {
      process.kill(process.pid, 'SIGKILL')
    }
  }, GRACE)
}, LOOK_EVERY)
