// What a language of an operation is that is always answered whole: embeddings, reranking. Chat's are in format.ts.
import type { UpstreamError } from '../chat/upstream-error.ts'
import type { Usage } from '../chat/usage.ts'
import type { RequestFacts, Target } from './format.ts'
import type { Losses } from './translation/losses.ts'

/** Something that a model answers with, whatever the operation. */
export interface WholeResult {
  /** The model that answered, as the upstream calls it. */
  readonly model?: string
  readonly usage?: Usage
}

/** All functions are pure. `Request` and `Answer` are the operation's own, the same for all its languages. */
export interface WholeFormat<Request, Answer extends WholeResult> {
  readonly name: string
  /** Throws GatewayError `invalid_request` or `unsupported_parameter`, naming the field. */
  decodeRequest(body: unknown, facts: RequestFacts): Request
  /** The body, as a JSON value. Throws GatewayError `unsupported_parameter` for what cannot be said. */
  encodeRequest(request: Request, target: Target, losses: Losses): unknown
  /** Throws GatewayError `upstream_malformed`, also when the answer is not one to `request`. */
  decodeAnswer(body: unknown, request: Request): Answer
  /** The client's body, as a JSON value. */
  encodeAnswer(answer: Answer, request: Request): unknown
  /** Undefined for a body that is no error of this language. */
  decodeError(text: string): UpstreamError | undefined
  /** What an answer that passes as it came counts where `usage` does not say it. */
  readUsage?(answer: Uint8Array): Usage | undefined
  /** For languages whose requests name the model where a new top-level `model` does not reach: the body for another model. */
  withModel?(body: unknown, model: string): unknown
}
