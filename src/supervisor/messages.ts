// What a supervisor and its workers say to each other. Both are the same program, so nothing is checked on arrival.
import type { Config } from '../config/load.ts'
import type { ReloadStatus } from '../config/reload.ts'
import type { LivenessReport } from '../routing/health/shared-state.ts'
import type { EndpointAction } from '../routing/health/admin-actions.ts'
import type { ReloadAnswer } from '../runtime/config-reloader.ts'
import type { FamilySnapshot } from '../telemetry/metrics/snapshot.ts'
import type { LoadReport, PeerReport } from './peer-loads.ts'

/** The first thing a worker hears; it reads no file and makes no key of its own. */
export interface StartMessage {
  readonly type: 'start'
  /** Of the worker. */
  readonly id: number
  readonly config: Config
  /** SHA-256 of the gateway's own key. */
  readonly masterKey: Uint8Array
  readonly port: number
  readonly status: ReloadStatus
  /** What it is to know before its first call. */
  readonly first: readonly ToWorker[]
}

export type ToWorker =
  | StartMessage
  /** Run on this from now on. */
  | { readonly type: 'configure'; readonly config: Config; readonly version: number }
  /** How the last reload went. */
  | { readonly type: 'status'; readonly status: ReloadStatus }
  | { readonly type: 'reloaded'; readonly ask: number; readonly answer: ReloadAnswer }
  | { readonly type: 'peers'; readonly reports: readonly PeerReport[]; readonly gone: readonly number[] }
  | { readonly type: 'scrape'; readonly scrape: number }
  | { readonly type: 'order'; readonly order: EndpointAction }
  /** What active checks of the supervisor found. */
  | { readonly type: 'liveness'; readonly report: LivenessReport }
  | { readonly type: 'stop'; readonly quietMs: number }
  /** Everything it said has arrived. */
  | { readonly type: 'exit' }

export type FromWorker =
  /** Answers calls, on this configuration. */
  | { readonly type: 'ready'; readonly version: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'configured'; readonly version: number }
  /** Wants a reload; the answer comes with the same number. */
  | { readonly type: 'reload'; readonly ask: number }
  /** What an operator wants of an endpoint; all workers are to hear it, also the one that says it. */
  | { readonly type: 'order'; readonly order: EndpointAction }
  | { readonly type: 'load'; readonly report: LoadReport }
  /** `scrape` 0: unasked. */
  | { readonly type: 'metrics'; readonly scrape: number; readonly families: readonly FamilySnapshot[] }
  /** Takes no new calls from now on; another may start in its place. */
  | { readonly type: 'leaving' }
  | { readonly type: 'stopped' }

/** In the environment of a worker, its number. */
export const WORKER_VARIABLE = 'SLUICE_WORKER'
