// Reads a large configuration in a thread: parsing takes a millisecond for each half kilobyte, in which no stream would
// go on.
import { statSync } from 'node:fs'
import type { LoadedConfig } from '../config/load-file.ts'
import { ConfigError, type Problem } from '../config/problem.ts'
import { type ConfigOrigin, loadFrom } from './configuration.ts'

/** A smaller file is read sooner than a thread has started. */
const LARGE_BYTES = 16 * 1024

export type LoadResult =
  | { readonly type: 'loaded'; readonly loaded: LoadedConfig }
  | { readonly type: 'problems'; readonly file: string; readonly problems: readonly Problem[] }
  | { readonly type: 'failed'; readonly message: string }

/** As `loadFrom`. Throws ConfigError. */
export async function loadBeside(origin: ConfigOrigin): Promise<LoadedConfig> {
  const result = isLarge(origin.file) ? await loadInThread(origin) : undefined
  if (result?.type === 'loaded') return result.loaded
  if (result?.type === 'problems') throw new ConfigError(result.file, result.problems)
  return loadFrom(origin) // also if no thread could be started: it fails again with its own error
}

function isLarge(file: string | undefined): boolean {
  return file !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGE_BYTES
}

async function loadInThread(origin: ConfigOrigin): Promise<LoadResult> {
  const thread = new Worker(threadFile(), { smol: true })
  const { promise, resolve } = Promise.withResolvers<LoadResult>()
  thread.onmessage = ({ data }: MessageEvent<LoadResult>) => resolve(data)
  thread.onerror = ({ message }) => resolve({ type: 'failed', message })
  thread.addEventListener('close', () => resolve({ type: 'failed', message: 'The thread ended.' }))
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  thread.postMessage(origin)
  try {
    return await promise
  } finally {
    thread.terminate()
  }
}

/** Inside of an executable, files are named after their path below the folder of the first entry. */
const threadFile = (): string =>
  Bun.main.startsWith('/$bunfs/')
    ? '/$bunfs/root/runtime/load-thread.js'
    : new URL('./load-thread.ts', import.meta.url).href
