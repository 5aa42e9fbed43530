import type { Api, Operation } from '../../formats/apis/api.ts'
import type { Route } from '../../routing/table.ts'
import type { Snapshot } from './snapshot.ts'
import type { EncodeStream } from './stream-encoding.ts'

/** The client of a request, as the pipeline needs it. A `Request` is one; a batch or another protocol builds its own. */
export interface Client {
  readonly method: string
  readonly url: string
  /** The URL as the client sent it, if `url` lacks the base path. */
  readonly sentUrl?: string
  readonly headers: Headers
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
}

/** The body of a request before it is read. A `Request` is one. */
export interface Payload {
  readonly body: ReadableStream<Uint8Array> | null
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Facts about the gateway in the format of a client's API: no model is called. */
export type Page = 'models' | 'model-details' | 'running-models' | 'server-version'

/** A stored response, or what belongs to it. Conversations are recognized, so that the error can say what to do. */
export interface StoredResource {
  readonly type: 'response' | 'input_items' | 'cancel' | 'conversation'
  readonly id: string
}

/** What the path of a request stands for. */
export interface PathMatch {
  readonly operation: Operation | Page | 'stored-response'
  /** The client's API; undefined if the request has no format that Sluice knows: model lists, pass-through. */
  readonly api: Api | undefined
  readonly route: Route
  /** The model that the path names, in Azure's style or below `/models/`. For pass-through: the provider. */
  readonly pathModel: string | undefined
  /** Whether the response is a stream; undefined if the body decides that. */
  readonly pathStream: boolean | undefined
  readonly resource?: StoredResource
}

/**
 * What is known of a request when it arrives, and does not change. `arrivedMs` is in milliseconds of the monotonic
 * clock.
 */
export interface Arrival extends PathMatch {
  readonly id: string
  /** Undefined unless the configuration asks for it. */
  readonly clientAddress: string | undefined
  /** Undefined unless the configuration asks for it. */
  readonly encodeStream?: EncodeStream | undefined
  readonly client: Client
  readonly payload: Payload
  readonly snapshot: Snapshot
  readonly arrivedMs: number
}
