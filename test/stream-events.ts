import type { ChatEvent } from '../src/chat/event.ts'
import type { UpstreamFormat } from '../src/formats/format.ts'
import type { Frame } from '../src/codecs/framing/frame.ts'

/** The frames of a stream that arrives in these pieces. */
export function framesOf(
  { createFrames }: Pick<UpstreamFormat, 'createFrames'>,
  pieces: readonly Uint8Array[],
): Frame[] {
  const reader = createFrames()
  const frames = pieces.flatMap((piece) => reader.push(piece))
  return frames.concat(reader.end())
}

/** The canonical events of a stream that arrives in these pieces. */
export function eventsOf(
  format: Pick<UpstreamFormat, 'createFrames' | 'createDecoder'>,
  pieces: readonly Uint8Array[],
): ChatEvent[] {
  const decoder = format.createDecoder()
  const events = framesOf(format, pieces).flatMap((frame) => decoder.push(frame))
  return events.concat(decoder.end())
}
