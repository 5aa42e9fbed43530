// Child processes, their CPU time and their memory (proc(5)).
import { readFileSync, readdirSync } from 'node:fs'
import type { Subprocess } from 'bun'

const TICKS_PER_SECOND = 100
/** Bun's `fetch` has at most 256 requests in flight by default. The variable is read at its start; its maximum is 65535. */
export const MAX_HTTP_REQUESTS = '65535'
const READY_WITHIN_MS = 40_000

export interface Child {
  readonly pid: number
  readonly isAlive: () => boolean
  stop(): Promise<void>
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A file for stdout. Default: stdout is discarded. */
  readonly stdout?: string
  readonly stderr?: string
}

export function spawnQuiet(command: readonly string[], { env, stdout, stderr }: SpawnOptions = {}): Child {
  return childOf(
    Bun.spawn([...command], {
      stdin: 'ignore',
      stdout: stdout === undefined ? 'ignore' : Bun.file(stdout),
      stderr: stderr === undefined ? 'inherit' : Bun.file(stderr),
      env: { ...process.env, ...env },
    }),
  )
}

/** Starts a program that prints its port when it listens. */
export async function spawnServer(command: readonly string[]): Promise<Child & { readonly port: number }> {
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: MAX_HTTP_REQUESTS },
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  void reader.releaseLock()
  if (!value) throw new Error(`${command.join(' ')} ended before it listened`)
  return { ...childOf(child), port: Number(new TextDecoder().decode(value)) }
}

const running = new Set<Subprocess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// Without a handler these signals end the process at once, and its children would keep running.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

function childOf(child: Subprocess): Child {
  running.add(child)
  return {
    pid: child.pid,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 1500)
      await child.exited
      clearTimeout(timer)
      running.delete(child)
    },
  }
}

/** What all threads of a process and of its living descendants have used. */
export interface Usage {
  /** In user code and in the kernel. */
  readonly cpuSeconds: number
  readonly kernelSeconds: number
  readonly pageFaults: number
}

export const NOTHING_USED: Usage = { cpuSeconds: 0, kernelSeconds: 0, pageFaults: 0 }

export function usageOf(pid: number): Usage {
  const members = treeOf(pid).map(statOf)
  const sum = (pick: (fields: readonly number[]) => number) => members.reduce((total, each) => total + pick(each), 0)
  const kernelTicks = sum((fields) => fields[STAT.kernelTicks]!)
  return {
    cpuSeconds: (sum((fields) => fields[STAT.userTicks]!) + kernelTicks) / TICKS_PER_SECOND,
    kernelSeconds: kernelTicks / TICKS_PER_SECOND,
    pageFaults: sum((fields) => fields[STAT.pageFaults]!),
  }
}

/** Places of the fields after the name. */
const STAT = { pageFaults: 7, userTicks: 11, kernelTicks: 12 } as const

function statOf(pid: number): number[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the name, in parentheses, and may hold anything.
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
}

/** Resident megabytes of a process and of its living descendants. */
export function residentMb(pid: number): number {
  const kilobytes = treeOf(pid).map((member) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${member}/status`, 'utf8'))?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, kb) => sum + kb, 0) / 1024
}

function treeOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(treeOf)]
}

export function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
  const { port } = listener
  listener.stop(true)
  return port
}

/** Repeats a request until the status is 200. Throws if the child ends first, or after ten seconds. */
export async function untilReady(child: Child, url: string, init?: RequestInit): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let last = 'no connection'
  while (performance.now() < deadline && child.isAlive()) {
    const response = await fetch(url, init).catch(() => undefined)
    const text = await response?.text()
    if (response?.status === 200) return
    if (response) last = `status ${response.status}: ${text?.slice(0, 200)}`
    await Bun.sleep(2)
  }
  throw new Error(
    child.isAlive() ? `no response in ${READY_WITHIN_MS / 1000} s (${last})` : 'the process ended during its start',
  )
}
