// One core for each worker (`server.workerAffinity`).
import { readFileSync } from 'node:fs'
import type { Log } from '../telemetry/log.ts'

export type Command = readonly [string, ...string[]]

/** Returns the command that starts the worker at this place (from 0) on its core. */
export type Pin = (place: number, command: Command, log: Pick<Log, 'warn'>) => Command

export interface PinningFacts {
  readonly platform: string
  /** The text of `/proc/self/status`, see proc(5), or empty; a function, because a container's cores can change. */
  readonly status: () => string
  /** The path of the program `taskset`; null if there is none. */
  readonly taskset: string | null
}

const SETTING = 'server.workerAffinity'
const REMEDY = 'or remove the setting.'

/**
 * Gives each of `count` workers a core of those that this process may use. `taskset` sets it and becomes the worker: so
 * every thread has it from the start, and no native call is made in this process. Throws Error with a message for the
 * operator.
 */
export function createPin(count: number, { platform, status, taskset }: PinningFacts): Pin {
  if (platform !== 'linux') throw new Error(`${SETTING} works on Linux only, not on ${platform}: remove the setting.`)
  if (taskset === null)
    throw new Error(
      `${SETTING} needs the program taskset, which is not in PATH. Install util-linux (or BusyBox), ${REMEDY}`,
    )
  const cores = allowedCores(status())
  if (cores.length === 0)
    throw new Error(`${SETTING} needs /proc/self/status, which has no list of cores. Mount /proc, ${REMEDY}`)
  if (cores.length < count)
    throw new Error(
      `${SETTING} needs a core for each worker, but this process may use ${cores.length} and server.workers is ${count}. Set server.workers to ${cores.length === 1 ? 'auto' : `${cores.length} or less`}, ${REMEDY}`,
    )
  return (place, command, log) => {
    const core = cores[place]!
    if (allowedCores(status()).includes(core)) return [taskset, '-c', String(core), ...command]
    log.warn({ core }, `Core ${core} is not available any more. A worker starts without a core of its own.`)
    return command
  }
}

/** The facts of this process. `path`: the variable PATH. */
export const pinningFacts = (path: string | undefined): PinningFacts => ({
  platform: process.platform,
  status: readStatus,
  taskset: Bun.which('taskset', { PATH: path ?? '' }),
})

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}

/** The cores that a process may use, ascending, from the text of its `status`: `0-2,8` are four. */
export function allowedCores(status: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number)
    return range === '' ? [] : Array.from({ length: last! - first! + 1 }, (_, at) => first! + at)
  })
}
