import { expect, test } from 'bun:test'
import { createEngine } from './engine/engine.ts'
import { PROFILES } from './engine/profiles.ts'
import { startGeneration } from './generation.ts'
import { planChat } from './plan/chat.ts'
import { createRunner, type Listener } from './runner.ts'
import { createServerState } from './server-state.ts'

/** Returns the tokens of one long response after the clock has jumped by `lateMs` before the first timer. */
async function tokensAfter(lateMs: number): Promise<number> {
  let nowMs = 0
  const engine = createEngine<Listener>(PROFILES['1b'])
  const runner = createRunner(engine, () => nowMs)
  const woken = Promise.withResolvers<void>()
  const sequence = runner.submit({
    promptTokens: 10,
    outputTokens: 5000,
    blockKeys: [],
    tag: { token: () => woken.resolve() },
  })
  nowMs = lateMs
  await woken.promise
  runner.stop()
  return sequence.generatedTokens
}

test('the engine catches up after a late timer', async () => {
  expect(await tokensAfter(60)).toBeWithin(35, 41) // steps of 1.5 ms
})

test('after a long pause the lag is dropped, so that no pause makes the next one longer', async () => {
  expect(await tokensAfter(5000)).toBeWithin(60, 68)
})

test('a client that disconnected before its request began takes no place', () => {
  const state = createServerState({ speed: 1 })
  const plan = planChat({ messages: [{ role: 'user', content: 'x' }] }, state.context)
  let aborted = false
  startGeneration(state, plan, AbortSignal.abort(), { token() {}, end() {}, abort: () => (aborted = true) })
  expect([aborted, state.engine.running, state.engine.pool.used, state.metrics.disconnects]).toEqual([true, 0, 0, 1])
  state.runner.stop()
})
