// One simulated inference server as a process, with the disruptions it supports.
import type { OpenCall } from '../src/sim/open-calls.ts'
import { type Child, startChild, urlIn } from '../test/child.ts'
import type { ArmedFault } from './plan.ts'

export interface SimProcess {
  readonly url: string
  readonly isAlive: () => boolean
  kill(): void
  /** Starts it again on the same port. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
  arm(fault: ArmedFault): Promise<void>
  disarm(): Promise<void>
  openCalls(): Promise<readonly OpenCall[]>
}

const URL_PATTERN = /(http:\/\/127\.0\.0\.\d+:\d+)/
/** What an admin call may meet: the front is being changed, or a fault keeps the port closed for a while. */
const RETRY_FOR_MS = 20_000

/** `speed` is relative to real time; the model's name selects the cost profile. Without `at`, it takes a free port. */
export async function startSim(
  model: string,
  speed: number,
  at: { readonly host?: string; readonly port?: string } = {},
): Promise<SimProcess> {
  const { host = '127.0.0.1', port: firstPort = '0' } = at
  const start = (port: string) =>
    startChild(['sim', '--model', model, '--speed', String(speed), '--host', host, '--port', port], URL_PATTERN)
  let child: Child = await start(firstPort)
  const url = urlIn(child.output(), URL_PATTERN)
  const send = (path: string, init: RequestInit = {}) =>
    retrying(() => fetch(url + path, { ...init, keepalive: false, signal: AbortSignal.timeout(2000) }))
  return {
    url,
    isAlive: () => child.process.exitCode === null && child.process.signalCode === null,
    kill: () => child.process.kill('SIGKILL'),
    async restart() {
      child = await retrying(() => start(new URL(url).port))
    },
    freeze: () => child.process.kill('SIGSTOP'),
    thaw: () => child.process.kill('SIGCONT'),
    arm: async (fault) => void (await send('/sim/faults', { method: 'POST', body: JSON.stringify(fault) })),
    disarm: async () => void (await send('/sim/faults', { method: 'DELETE' })),
    openCalls: async () => ((await (await send('/sim/calls')).json()) as { calls: readonly OpenCall[] }).calls,
  }
}

/** Repeats `attempt` until it succeeds. Throws its last error after RETRY_FOR_MS. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + RETRY_FOR_MS
  for (;;) {
    try {
      return await attempt()
    } catch (thrown) {
      if (performance.now() > deadlineMs) throw thrown
      await Bun.sleep(50)
    }
  }
}
