// application/vnd.amazon.eventstream: decoding and encoding.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html and
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { GatewayError } from '../../errors.ts'
import { textOf } from '../text.ts'
import type { Frame, FrameReader } from './frame.ts'

/** The total length, the length of the headers, and the checksum of both. */
const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4
const MIN_BYTES = PRELUDE_BYTES + CHECKSUM_BYTES

/** The format's own limits are 16 MB of payload and 128 KB of headers. */
const MAX_BYTES = 24 * 1024 * 1024
const MAX_HEADER_BYTES = 128 * 1024

const STRING = 7

/** The size of a header's value by its type; for strings and byte arrays (6, 7) it is in the first two bytes. */
const VALUE_BYTES: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]

/** Frames of AWS's binary streams; both checksums of each message are verified. */
export const awsEventStreamFrames = (): FrameReader => new AwsReader()

class AwsReader implements FrameReader {
  /** The beginning of an incomplete message; joined when the rest or the prelude has arrived. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** The number of bytes needed before anything more can be read. */
  #wanted = PRELUDE_BYTES

  push(chunk: Uint8Array): readonly Frame[] {
    if (this.#heldBytes + chunk.length < this.#wanted) {
      this.#hold(chunk)
      return []
    }
    const bytes = this.#heldBytes === 0 ? chunk : Buffer.concat([...this.#held, chunk])
    this.#held = []
    this.#heldBytes = 0
    return this.#read(bytes)
  }

  end(): readonly Frame[] {
    if (this.#heldBytes === 0) return []
    throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of an event.')
  }

  #read(bytes: Uint8Array): readonly Frame[] {
    const frames: Frame[] = []
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    this.#wanted = PRELUDE_BYTES
    while (bytes.length - at >= PRELUDE_BYTES) {
      const length = checkedLength(bytes, view, at)
      if (bytes.length - at < length) {
        this.#wanted = length
        break
      }
      frames.push(readMessage(bytes, view, at, length))
      at += length
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at))
    return frames
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
  }
}

function checkedLength(bytes: Uint8Array, view: DataView, at: number): number {
  if (crc32(bytes, at, at + 8) !== view.getUint32(at + 8)) throw malformed('a checksum does not match')
  const [length, headers] = [view.getUint32(at), view.getUint32(at + 4)]
  if (length > MAX_BYTES || headers > MAX_HEADER_BYTES) throw malformed('it is too long')
  if (length < MIN_BYTES + headers) throw malformed('its lengths are inconsistent')
  return length
}

function readMessage(bytes: Uint8Array, view: DataView, at: number, length: number): Frame {
  const end = at + length - CHECKSUM_BYTES
  if (crc32(bytes, at, end) !== view.getUint32(end)) throw malformed('a checksum does not match')
  const headersEnd = at + PRELUDE_BYTES + view.getUint32(at + 4)
  const headers = readHeaders(bytes, view, at + PRELUDE_BYTES, headersEnd)
  return frameOf(headers, textOf(bytes, headersEnd, end))
}

interface Headers {
  readonly kind: string | undefined
  readonly event: string | undefined
  readonly exception: string | undefined
  readonly code: string | undefined
  readonly message: string | undefined
}

/** The text headers; headers of other types are skipped. */
function readHeaders(bytes: Uint8Array, view: DataView, from: number, end: number): Headers {
  const texts: Record<string, string> = {}
  let at = from
  while (at < end) {
    const nameEnd = at + 1 + bytes[at]!
    if (nameEnd >= end) throw malformed('a header is truncated')
    const type = bytes[nameEnd]!
    const fixed = VALUE_BYTES[type]
    if (fixed === undefined && (type > STRING || nameEnd + 3 > end)) throw malformed('a header has an unknown type')
    const start = nameEnd + (fixed === undefined ? 3 : 1)
    const valueEnd = start + (fixed ?? view.getUint16(nameEnd + 1))
    if (valueEnd > end) throw malformed('a header is truncated')
    if (type === STRING) texts[textOf(bytes, at + 1, nameEnd)] = textOf(bytes, start, valueEnd)
    at = valueEnd
  }
  return {
    kind: texts[':message-type'],
    event: texts[':event-type'],
    exception: texts[':exception-type'],
    code: texts[':error-code'],
    message: texts[':error-message'],
  }
}

/** An exception has a name and a payload; an error has its message in a header. */
function frameOf({ kind, event, exception, code, message }: Headers, data: string): Frame {
  if (kind === 'exception') return { name: exception ?? 'exception', data, isError: true }
  if (kind !== 'error') return { name: event, data }
  return { name: code ?? 'error', data: data === '' ? JSON.stringify({ message }) : data, isError: true }
}

const malformed = (why: string): GatewayError =>
  new GatewayError('upstream_malformed', `The upstream sent an event that cannot be decoded: ${why}.`)

/** CRC-32 as in gzip and zip. */
const crc32 = (bytes: Uint8Array, start: number, end: number): number => Bun.hash.crc32(bytes.subarray(start, end))

/** One message as bytes: `event`, or an exception under its name. */
export function awsEventStreamMessage({ name = '', data, isError = false }: Frame): Uint8Array {
  const headers = Buffer.concat([
    header(isError ? ':exception-type' : ':event-type', name),
    header(':content-type', 'application/json'),
    header(':message-type', isError ? 'exception' : 'event'),
  ])
  const payload = Buffer.from(data)
  const length = MIN_BYTES + headers.length + payload.length
  const bytes = Buffer.concat([Buffer.alloc(PRELUDE_BYTES), headers, payload, Buffer.alloc(CHECKSUM_BYTES)], length)
  bytes.writeUInt32BE(length, 0)
  bytes.writeUInt32BE(headers.length, 4)
  bytes.writeUInt32BE(crc32(bytes, 0, 8), 8)
  bytes.writeUInt32BE(crc32(bytes, 0, length - CHECKSUM_BYTES), length - CHECKSUM_BYTES)
  return bytes
}

function header(name: string, value: string): Uint8Array {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)]
  const size = Buffer.from([STRING, valueBytes.length >> 8, valueBytes.length & 0xff])
  return Buffer.concat([Uint8Array.of(nameBytes.length), nameBytes, size, valueBytes])
}
