import type { ChatRequest } from '../../chat/request.ts'
import { chatFormat, clientFormat } from '../../formats/chat-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import { type Envelope, readRequest } from '../../formats/envelope/read-request.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import type { PathMatch } from './arrival.ts'
import { withoutGatewayFields } from './gateway-fields.ts'

/**
 * The complete body of a request: its bytes, the facts that routing needs, and its canonical form, decoded on demand.
 */
export class CallBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Empty for a body that Sluice does not read. */
  readonly envelope: Envelope
  /** When the body was complete, on the clock of `arrivedMs`. The gateway's overhead is measured from here. */
  readonly readMs: number
  readonly #match: PathMatch
  #chat: ChatRequest | undefined
  #whole: unknown

  constructor(bytes: Uint8Array<ArrayBuffer>, envelope: Envelope, readMs: number, match: PathMatch) {
    this.bytes = bytes
    this.envelope = envelope
    this.readMs = readMs
    this.#match = match
  }

  /** The chat request in the canonical model. Decoded once, for all attempts. Throws GatewayError `invalid_request`. */
  canonical(): ChatRequest {
    const { api, pathModel: model, pathStream: stream } = this.#match
    const fields = () => withoutGatewayFields(this.bytes, api!.variantFields)
    this.#chat ??= (clientFormat(api!.name) ?? chatFormat(api!.format)!).decodeRequest(fields(), { model, stream })
    return this.#chat
  }

  /** The same for operations that are never streamed: embeddings, reranking, moderation. */
  canonicalWhole(): unknown {
    const { api, pathModel: model } = this.#match
    this.#whole ??= wholeFormat(api!.name)!.decodeRequest(withoutGatewayFields(this.bytes), { model, stream: false })
    return this.#whole
  }
}

/** The body with other bytes of the same API. */
export const withBytes = (body: CallBody, bytes: Uint8Array<ArrayBuffer>, api: Api, match: PathMatch): CallBody =>
  new CallBody(bytes, readRequest(bytes, api, match.pathStream), body.readMs, match)

/** The envelope of a body that Sluice forwards without reading it. */
export const UNREAD_ENVELOPE: Envelope = {
  members: [],
  form: undefined,
  model: undefined,
  stream: false,
  wantsUsage: false,
  choices: 1,
  user: undefined,
  maxOutput: undefined,
  promptBytes: 0,
}
