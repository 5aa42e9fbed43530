import type { Registry } from './registry.ts'

/** A clock and a timer. `later` returns the function that cancels it, and does not keep the process alive. */
export interface Timer {
  nowMs(): number
  later(run: () => void, delayMs: number): () => void
}

const systemTimer: Timer = {
  nowMs: () => performance.now(),
  later(run, delayMs) {
    const handle = setTimeout(run, delayMs).unref()
    return () => clearTimeout(handle)
  },
}

const CHECK_EVERY_MS = 100

/**
 * Measures how late a timer of 100 ms fires: the time that any event waits in the event loop. A timer's resolution is
 * about 1 ms, so a smaller delay is an idle loop. Returns the function that stops it.
 */
export function watchEventLoop(registry: Registry, { nowMs, later }: Timer = systemTimer): () => void {
  const family = registry.histogram({
    name: 'sluice_event_loop_delay_seconds',
    help: 'Delay of a timer in the event loop, in seconds.',
  })
  const delay = family.with()
  let dueMs = 0
  let cancel = () => {}

  function wait(): void {
    dueMs = nowMs() + CHECK_EVERY_MS
    cancel = later(check, CHECK_EVERY_MS)
  }
  function check(): void {
    delay.observe(Math.max(0, nowMs() - dueMs) / 1000) // a timer may also fire a fraction of a millisecond early
    wait()
  }
  wait()
  return () => cancel()
}
