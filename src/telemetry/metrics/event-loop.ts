import type { Registry } from './registry.ts'

/** A clock and a timer. `later` answers the function that calls it off, and does not keep the process alive. */
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
 * Measures how late the event loop comes to a timer of 100 ms: what any event waits while others are worked on. A timer
 * has a grain of about 1 ms, so less than that is an idle loop. Answers the function that stops it.
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
