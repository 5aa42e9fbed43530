// The thread of load-beside.ts: receives where the configuration comes from, sends it or its problems, and is ended.
import { ConfigError } from '../config/problem.ts'
import { type ConfigOrigin, loadFrom } from './configuration.ts'
import type { LoadResult } from './load-beside.ts'

declare const self: Worker

// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
self.onmessage = ({ data }: MessageEvent<ConfigOrigin>) => self.postMessage(resultOf(data))

function resultOf(origin: ConfigOrigin): LoadResult {
  try {
    return { type: 'loaded', loaded: loadFrom(origin) }
  } catch (thrown) {
    if (thrown instanceof ConfigError) return { type: 'problems', file: thrown.file, problems: thrown.problems }
    return { type: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}
