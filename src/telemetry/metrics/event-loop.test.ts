import { expect, test } from 'bun:test'
import { type Timer, watchEventLoop } from './event-loop.ts'
import { createRegistry } from './registry.ts'

/** A clock that advances only by `fire`, and one timer. */
function handTimer() {
  let now = 1000
  let due: { readonly run: () => void; readonly delayMs: number } | undefined
  const timer: Timer = {
    nowMs: () => now,
    later(run, delayMs) {
      const own = { run, delayMs }
      due = own
      return () => {
        if (due === own) due = undefined
      }
    },
  }
  const fire = (latenessMs: number) => {
    now += due!.delayMs + latenessMs
    due!.run()
  }
  return { timer, fire, isWaiting: () => due !== undefined }
}

test('the delay of a timer is recorded, and stopping leaves no timer', () => {
  const registry = createRegistry({ maxSeries: 10 })
  const { timer, fire, isWaiting } = handTimer()
  const stop = watchEventLoop(registry, timer)
  for (const latenessMs of [0, -0.4, 0.2, 30, 250]) fire(latenessMs)
  const [, sum, count] = /_sum (\S+)\n.*_count (\d+)\n/.exec(registry.render())!.map(Number)
  expect(sum).toBeCloseTo(0.2802, 9)
  expect(count).toBe(5)
  expect(isWaiting()).toBe(true)
  stop()
  expect(isWaiting()).toBe(false)
})

test('the system timer does not keep a process alive', async () => {
  const code = `import { watchEventLoop } from '${import.meta.dir}/event-loop.ts'
    import { createRegistry } from '${import.meta.dir}/registry.ts'
    watchEventLoop(createRegistry({ maxSeries: 10 }))`
  const child = Bun.spawn([process.execPath, '-e', code], { timeout: 50_000 })
  expect(await child.exited).toBe(0)
})
