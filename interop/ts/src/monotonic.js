/**
 * A moment in milliseconds, on the one clock that all processes of a machine share. When a process began by the wall clock is
 * off by as long as it was held up just then, so what two processes did is not in order by that.
 */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e6
