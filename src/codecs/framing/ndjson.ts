import { GatewayError } from '../../errors.ts'
import { formatBytes } from '../../units.ts'
import { textOf } from '../text.ts'
import type { Frame, FrameReader } from './frame.ts'
import { isWholeJson } from './whole-json.ts'

const LF = 0x0a

/** Larger than any real line. It bounds the memory that an upstream without line ends can use. */
const MAX_LINE_BYTES = 32 * 1024 * 1024

/** Frames of newline-delimited JSON (Ollama's own streams); empty lines are ignored. */
export function ndjsonFrames(): FrameReader {
  let held: Uint8Array[] = []
  let heldBytes = 0
  const take = (last: Uint8Array): Frame[] => {
    const line = textOf(heldBytes === 0 ? last : Buffer.concat([...held, last])).trim()
    held = []
    heldBytes = 0
    return line === '' ? [] : [{ name: undefined, data: line }]
  }
  return {
    push(chunk) {
      const frames: Frame[] = []
      let start = 0
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        frames.push(...take(chunk.subarray(start, end)))
        start = end + 1
      }
      if (start < chunk.length) held.push(chunk.subarray(start))
      heldBytes += chunk.length - start
      if (heldBytes > MAX_LINE_BYTES)
        throw new GatewayError(
          'upstream_malformed',
          `The upstream sent a line of more than ${formatBytes(MAX_LINE_BYTES)}.`,
        )
      return frames
    },
    end() {
      const rest = take(new Uint8Array())
      // The last line may lack its line end; it counts if it is complete JSON.
      if (rest.every(({ data }) => isWholeJson(data))) return rest
      throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of an event.')
    },
  }
}
