// One simulated inference server as a process, and what can be done to it.
import type { OpenCall } from '../src/sim/open-calls.ts'
import { type Child, startChild, urlIn } from '../test/child.ts'
import type { ArmedFault } from './plan.ts'

export interface SimProcess {
  readonly url: string
  readonly isAlive: () => boolean
  kill(): void
  /** On the port that it had. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
  arm(fault: ArmedFault): Promise<void>
  disarm(): Promise<void>
  openCalls(): Promise<readonly OpenCall[]>
}

const URL_SAID = /(http:\/\/127\.0\.0\.1:\d+)/
/** What an admin call may meet: the front is being changed, or a fault keeps the port closed for a while. */
const PATIENCE_MS = 20_000

/** `speed` is relative to real time; the model's name decides what it costs. */
export async function startSim(model: string, speed: number): Promise<SimProcess> {
  const start = (port: string) =>
    startChild(['sim', '--model', model, '--speed', String(speed), '--port', port], URL_SAID)
  let child: Child = await start('0')
  const url = urlIn(child.said(), URL_SAID)
  const ask = (path: string, init: RequestInit = {}) =>
    patiently(() => fetch(url + path, { ...init, keepalive: false, signal: AbortSignal.timeout(2000) }))
  return {
    url,
    isAlive: () => child.process.exitCode === null && child.process.signalCode === null,
    kill: () => child.process.kill('SIGKILL'),
    async restart() {
      child = await patiently(() => start(new URL(url).port))
    },
    freeze: () => child.process.kill('SIGSTOP'),
    thaw: () => child.process.kill('SIGCONT'),
    arm: async (fault) => void (await ask('/sim/faults', { method: 'POST', body: JSON.stringify(fault) })),
    disarm: async () => void (await ask('/sim/faults', { method: 'DELETE' })),
    openCalls: async () => ((await (await ask('/sim/calls')).json()) as { calls: readonly OpenCall[] }).calls,
  }
}

/** Again until it succeeds. Throws the last failure when it does not for too long. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (performance.now() > deadlineMs) throw thrown
      await Bun.sleep(50)
    }
  }
}
