// The interface of a format of an operation without streams: embeddings, reranking. Chat formats are in format.ts.
import type { UpstreamError } from '../chat/upstream-error.ts'
import type { Usage } from '../chat/usage.ts'
import type { RequestFacts, Target } from './format.ts'
import type { Losses } from './translation/losses.ts'

/** What the results of all operations have in common. */
export interface WholeResult {
  /** The model that generated it, by the upstream's name. */
  readonly model?: string
  readonly usage?: Usage
}

/**
 * All functions are pure. `Request` and `Answer` are the canonical types of the operation, the same for all its formats.
 */
export interface WholeFormat<Request, Answer extends WholeResult> {
  readonly name: string
  /** Throws GatewayError `invalid_request` or `unsupported_parameter`, naming the field. */
  decodeRequest(body: unknown, facts: RequestFacts): Request
  /** The body, as a JSON value. Throws GatewayError `unsupported_parameter` for fields that it cannot express. */
  encodeRequest(request: Request, target: Target, losses: Losses): unknown
  /** Throws GatewayError `upstream_malformed`, also if the response does not match `request`. */
  decodeResponse(body: unknown, request: Request): Answer
  /** The client's body, as a JSON value. `id`: the id of the response if the upstream reports none. */
  encodeResponse(answer: Answer, request: Request, id: string): unknown
  /** Undefined for a body that is not an error in this format. */
  decodeError(text: string): UpstreamError | undefined
  /** The usage of a response that is forwarded unchanged, if it is not in `usage`. */
  readUsage?(answer: Uint8Array): Usage | undefined
  /** The body for another model, for formats that do not name the model in a top-level `model`. */
  withModel?(body: unknown, model: string): unknown
}
