// Messages between the supervisor and a worker. State that processes share is not here: it travels in topics (see
// bus/). Here are the messages about one worker's life, whose order matters and which no other worker receives, and the
// requests that have one response: a reload, a scrape, and what is stored. A topic has neither responses nor deadlines.
//
// Both sides are the same program, so nothing is checked on arrival.
import type { Config } from '../config/load.ts'
import type { ReloadStatus } from '../config/reload.ts'
import type { ReloadResponse } from '../runtime/config-reloader.ts'
import type { StoreCall, StoreResult } from './remote-responses.ts'
import type { BusMessage, Published } from './bus/bus-messages.ts'

/** The first message to a worker, which reads no file and creates no key. */
export interface StartMessage {
  readonly type: 'start'
  /** The worker's number. */
  readonly id: number
  readonly config: Config
  /** SHA-256 of the gateway's own key. */
  readonly masterKey: Uint8Array
  readonly port: number
  /** How the last reload went, and the version of `config`. */
  readonly status: ReloadStatus
  /** Messages to apply before the worker listens. */
  readonly catchUp: readonly BusMessage[]
  /** Epoch milliseconds. The worker reads this message after it has started, which takes a while. */
  readonly sentAtMs: number
}

export type ToWorker =
  | StartMessage
  | BusMessage
  | { readonly type: 'reloaded'; readonly requestId: number; readonly answer: ReloadResponse }
  /** The answer of the store of responses; `failed`: it threw. */
  | { readonly type: 'stored'; readonly requestId: number; readonly result: StoreResult | 'failed' }
  | { readonly type: 'scrape'; readonly scrape: number }
  | { readonly type: 'stop'; readonly quietMs: number }
  /** Every message of the worker has arrived. */
  | { readonly type: 'exit' }

export type FromWorker =
  | Published
  /** The worker listens and runs on this version of the configuration. */
  | { readonly type: 'ready'; readonly version: number }
  /** The worker cannot start. */
  | { readonly type: 'failed'; readonly message: string }
  /** Requests a reload. The response has the same id. */
  | { readonly type: 'reload'; readonly requestId: number }
  /** Requests something of the store of responses, which the supervisor keeps for all workers. */
  | { readonly type: 'store'; readonly requestId: number; readonly call: StoreCall }
  /** The response to a scrape, or the report of each second, with `scrape` 0. See `packSnapshot`. */
  | { readonly type: 'metrics'; readonly scrape: number; readonly packed: string }
  /** The worker accepts no new calls. Another may start in its place. */
  | { readonly type: 'leaving' }
  | { readonly type: 'stopped' }

/** The environment variable that holds a worker's number. */
export const WORKER_VARIABLE = 'SLUICE_WORKER'
