// Reports when the content of files changes: by a write in place, a rename, a removal and new creation, or by the swap of a
// symlink, as Kubernetes does with the `..data` directory of a ConfigMap.
import { type FSWatcher, readFileSync, realpathSync, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface WatchOptions {
  /** Called at each check, because a reload can name other files. A file that is new in the list is not a change. */
  readonly files: () => readonly string[]
  /** Called once per change. Two checks in a row must agree, so that a half-written file is not a change. */
  readonly onChange: () => void
  /** The time between these two checks. */
  readonly settleMs?: number
  /** The time between checks without an event: network and overlay file systems do not always send events. */
  readonly pollMs?: number
  /** Calls `onEvent` for every event in a directory; returns a function that stops it. Throws if the directory does not exist. */
  readonly watchDirectory?: (directory: string, onEvent: () => void) => () => void
}

interface FileState {
  /** Changes whenever the content does; cheap to read. */
  readonly signature: string
  readonly digest: string
}

/** Watches until the returned function is called. Start it before the first load, or a change between the two is missed. */
export function watchFiles(options: WatchOptions): () => void {
  const { settleMs = 100, pollMs = 1000, watchDirectory = watchWithSystem } = options
  const directories = new Map<string, () => void>()
  let seen = statesOf(options.files(), new Map())
  let candidate: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const settle = () => {
    timer ??= setTimeout(check, settleMs)
  }
  const check = () => {
    timer = undefined
    const now = statesOf(options.files(), seen)
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
    if (!timer) check()
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
    // The directory does not exist now. Each poll tries again, and polling alone is sufficient.
  }
}

function watchWithSystem(directory: string, onEvent: () => void): () => void {
  const watcher: FSWatcher = watch(directory, { persistent: false }, onEvent)
  watcher.on('error', onEvent) // the directory was removed; polling continues
  return () => watcher.close()
}

type FileStates = ReadonlyMap<string, FileState>

function statesOf(files: readonly string[], before: FileStates): FileStates {
  return new Map(files.map((file) => [file, stateOfFile(file, before.get(file))]))
}

const MOST_HASHED_BYTES = 4 * 1024 ** 2

function stateOfFile(file: string, before: FileState | undefined): FileState {
  try {
    const real = realpathSync(file)
    const { mtimeMs, ctimeMs, size, ino } = statSync(real)
    const signature = [real, mtimeMs, ctimeMs, size, ino].join()
    if (signature === before?.signature) return before
    return { signature, digest: size > MOST_HASHED_BYTES ? signature : String(Bun.hash(readFileSync(real))) }
  } catch {
    return { signature: 'absent', digest: 'absent' }
  }
}

const differs = (before: FileStates, now: FileStates): boolean =>
  [...now].some(([file, { digest }]) => before.has(file) && before.get(file)!.digest !== digest)

const digestOf = (states: FileStates): string => [...states].map(([file, { digest }]) => `${file}=${digest}`).join('\n')
