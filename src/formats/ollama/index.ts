import type { ChatFormat } from '../format.ts'
import { ndjsonFrames } from '../../codecs/framing/ndjson.ts'
import { decodeError } from './decode-error.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeError } from './encode-error.ts'
import { createEncoder } from './encode-events.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './encode-response.ts'
import {
  createGenerateDecoder,
  createGenerateEncoder,
  decodeGenerate,
  decodeGenerated,
  encodeGenerated,
} from './generate.ts'
import { NAME } from './name.ts'

/** Ollama's own chat API, which streams newline-delimited JSON: https://docs.ollama.com/api/chat */
export const ollama: ChatFormat = {
  name: NAME,
  decodeRequest,
  encodeRequest,
  acceptsMedia: ({ kind, source }) => kind === 'image' && source.type === 'base64',
  decodeResponse,
  encodeResponse,
  createDecoder,
  createEncoder,
  decodeError,
  encodeError,
  createFrames: ndjsonFrames,
  writeFrame: ({ data }) => `${data}\n`,
  keepAlive: undefined,
  streamType: 'application/x-ndjson',
  streamContent: /^application\/(?:x-)?(?:ndjson|json) *(?:;|$)/i,
}

/** The API for one prompt: https://docs.ollama.com/api/generate. Requests are only forwarded, never translated to it. */
export const ollamaGenerate: ChatFormat = {
  ...ollama,
  decodeRequest: decodeGenerate,
  decodeResponse: decodeGenerated,
  encodeResponse: encodeGenerated,
  createDecoder: createGenerateDecoder,
  createEncoder: createGenerateEncoder,
}
