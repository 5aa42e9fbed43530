// Tells when the content of files changes, however it is changed: written in place, renamed over, removed and made again, or by
// the swap of a symlink, as Kubernetes does with the `..data` directory of a ConfigMap.
import { type FSWatcher, readFileSync, realpathSync, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface WatchOptions {
  /** Asked at each look, because a reload may name other files. A file that is new here is no change by itself. */
  readonly files: () => readonly string[]
  /** Called once per change. Two looks in a row must agree, so that a half-written file is not a change. */
  readonly onChange: () => void
  /** Between these two looks. */
  readonly settleMs?: number
  /** Between looks without a sign from the file system, which network and overlay file systems do not always give. */
  readonly pollMs?: number
  /** Calls `onEvent` for anything that happens in a directory; returns how to stop. Throws where there is no such directory. */
  readonly watchDirectory?: (directory: string, onEvent: () => void) => () => void
}

interface Look {
  /** Changes at least when the content does; cheap to take. */
  readonly sign: string
  readonly digest: string
}

/** Watches until the function it returns is called. Start it before the first load, or a change between the two is missed. */
export function watchFiles(options: WatchOptions): () => void {
  const { settleMs = 100, pollMs = 1000, watchDirectory = watchWithSystem } = options
  const directories = new Map<string, () => void>()
  let seen = lookAt(options.files(), new Map())
  let candidate: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const settle = () => {
    timer ??= setTimeout(look, settleMs)
  }
  const look = () => {
    timer = undefined
    const now = lookAt(options.files(), seen)
    if (!differs(seen, now)) {
      candidate = undefined
      seen = now
    } else if (candidate === digestOf(now)) {
      candidate = undefined
      seen = now
      options.onChange()
    } else {
      candidate = digestOf(now)
      settle()
    }
  }
  const poll = () => {
    for (const directory of new Set(options.files().map((file) => dirname(file))))
      watchOnce(directories, directory, watchDirectory, settle)
    if (!timer) look()
  }
  poll()
  const interval = setInterval(poll, pollMs)
  interval.unref?.()
  return () => {
    clearInterval(interval)
    clearTimeout(timer)
    for (const stop of directories.values()) stop()
  }
}

function watchOnce(
  directories: Map<string, () => void>,
  directory: string,
  watchDirectory: NonNullable<WatchOptions['watchDirectory']>,
  onEvent: () => void,
): void {
  if (directories.has(directory)) return
  try {
    directories.set(directory, watchDirectory(directory, onEvent))
  } catch {
    // There is no such directory now. Each poll tries again, and polling alone suffices.
  }
}

function watchWithSystem(directory: string, onEvent: () => void): () => void {
  const watcher: FSWatcher = watch(directory, { persistent: false }, onEvent)
  watcher.on('error', onEvent) // the directory went away; polling goes on
  return () => watcher.close()
}

type Looks = ReadonlyMap<string, Look>

function lookAt(files: readonly string[], before: Looks): Looks {
  return new Map(files.map((file) => [file, lookAtFile(file, before.get(file))]))
}

const MOST_HASHED_BYTES = 4 * 1024 ** 2

function lookAtFile(file: string, before: Look | undefined): Look {
  try {
    const real = realpathSync(file)
    const { mtimeMs, ctimeMs, size, ino } = statSync(real)
    const sign = [real, mtimeMs, ctimeMs, size, ino].join()
    if (sign === before?.sign) return before
    return { sign, digest: size > MOST_HASHED_BYTES ? sign : String(Bun.hash(readFileSync(real))) }
  } catch {
    return { sign: 'absent', digest: 'absent' }
  }
}

const differs = (before: Looks, now: Looks): boolean =>
  [...now].some(([file, { digest }]) => before.has(file) && before.get(file)!.digest !== digest)

const digestOf = (looks: Looks): string => [...looks].map(([file, { digest }]) => `${file}=${digest}`).join('\n')
