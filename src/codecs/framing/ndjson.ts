import { GatewayError } from '../../errors.ts'
import { textOf } from '../text.ts'
import type { Frame, FrameReader } from './frame.ts'
import { isWholeJson } from './whole-json.ts'

const LF = 0x0a

/** More than any real line; an upstream that never ends one must not fill the memory. */
const MAX_LINE_BYTES = 32 * 1024 * 1024

/** Frames of JSON values that stand one on a line (Ollama's own streams); empty lines are none. */
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
      if (heldBytes > MAX_LINE_BYTES) throw new GatewayError('upstream_malformed', 'The upstream sent a line too long.')
      return frames
    },
    end() {
      const rest = take(new Uint8Array())
      // The last line may lack its end: what stands there is one if it is whole.
      if (rest.every(({ data }) => isWholeJson(data))) return rest
      throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of an event.')
    },
  }
}
