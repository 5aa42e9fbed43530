import type { UpstreamComplaint } from '../../chat/upstream-error.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import type { Wire } from '../../formats/apis/apis.ts'
import type { Usage } from '../../chat/usage.ts'
import type { Carrier, Passage } from '../transcode/transcoder.ts'
import { toldHeaders, typeOf } from './headers.ts'
import { type UsageReader, usageReader } from './usage-reader.ts'

/** The way of an answer that nobody has to understand; of known languages the usage is read on the side. */
export const passagePast = (wire: Wire | undefined): Passage => ({
  whole: (body) => ({ body, usage: undefined }),
  carrier: () => new Passing(undefined),
  complaint: (text) => complaintIn(text, wire),
  sharesErrors: true,
  told: (upstream) => ({ ...toldHeaders(upstream), 'content-type': typeOf(upstream) }),
  streamType: 'application/octet-stream',
})

/** The same for an answer whose headers have come. */
export const passageOf = (passage: Passage, wire: Wire | undefined, upstream: Headers): Passage => ({
  ...passage,
  carrier: () => new Passing(wire && usageReader(wire, typeOf(upstream))),
})

/** Whatever it is, it is what the provider says: its bytes go on as they came. */
function complaintIn(text: string, wire: Wire | undefined): UpstreamComplaint {
  const read = (wire && chatFormat(wire.language)?.decodeError(text)) ?? decodeError(text)
  return { message: 'The upstream refused the request.', ...read, isEnvelope: true }
}

/** Bytes as they come. Where they end nobody knows, so a break is passed on as one. */
class Passing implements Carrier {
  readonly contentType = /^/
  readonly failure = undefined
  readonly hasBegun = true
  readonly #reader: UsageReader | undefined

  constructor(reader: UsageReader | undefined) {
    this.#reader = reader
  }

  get usage(): Usage | undefined {
    return this.#reader?.usage
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#reader?.push(chunk)
    return chunk
  }

  end(): undefined {
    this.#reader?.end()
  }

  settle(): undefined {}

  fail(): undefined {}
}
