// The frames of a Claude stream at Bedrock: `{"bytes": BASE64}` in messages named `chunk`. Source:
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
import { awsEventStreamMessage } from '../../codecs/framing/aws-event-stream.ts'
import type { Frame, FrameReader } from '../../codecs/framing/frame.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { errorFrame } from '../bedrock-converse/response/encode-error.ts'
import { upstreamErrorOf } from '../bedrock-converse/response/decode-error.ts'
import { eventIn } from '../fields/event-object.ts'
import type { EventDecoder, EventEncoder } from '../format.ts'

const CHUNK = 'chunk'

/** An event of Anthropic's in its frame, as bytes. */
export const chunkMessage = ({ data }: Frame): Uint8Array =>
  awsEventStreamMessage({
    name: CHUNK,
    data: JSON.stringify({ bytes: Buffer.from(data).toString('base64') }),
  })

/** Anthropic's events in the frames of `reader`. Errors stay as they are, and unknown messages are left out. */
export const chunkFrames = (reader: FrameReader): FrameReader => ({
  push: (chunk) => reader.push(chunk).flatMap(innerFrame),
  end: () => reader.end().flatMap(innerFrame),
})

function innerFrame(frame: Frame): Frame[] {
  if (frame.isError) return [frame]
  const { bytes } = eventIn(frame.data)
  if (frame.name !== CHUNK || typeof bytes !== 'string') return []
  const data = Buffer.from(bytes, 'base64').toString()
  const { type } = eventIn(data)
  return [{ name: typeof type === 'string' ? type : undefined, data }]
}

/** The decoder of Anthropic's format, with Bedrock's errors. */
export function createChunkDecoder(decoder: EventDecoder): EventDecoder {
  let isOver = false
  return {
    push(frame) {
      if (isOver || !frame.isError) return isOver ? [] : decoder.push(frame)
      isOver = true
      return [{ type: 'error', error: upstreamErrorOf(frame.data === '' ? {} : eventIn(frame.data), frame.name)! }]
    },
    end: () => (isOver ? [] : decoder.end()),
  }
}

/** The encoder of Anthropic's format, with its events in frames and Bedrock's errors. */
export const createChunkEncoder = (encoder: EventEncoder): EventEncoder => ({
  push: (event) => framed(encoder.push(event)),
  end: () => framed(encoder.end()),
  fail: (error) => latin1(awsEventStreamMessage(errorFrame(error))),
})

const framed = (events: string): string =>
  readFrames(events)
    .map((frame) => latin1(chunkMessage(frame)))
    .join('')

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
