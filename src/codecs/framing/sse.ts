import { GatewayError } from '../../errors.ts'
import { EventSplitter } from './events.ts'
import { textOf } from '../text.ts'
import type { Frame, FrameReader } from './frame.ts'
import { isWholeJson } from './whole-json.ts'

/** Vertex appends an error to a stream as an object without `data:`; some proxies do so too. */
const BARE_JSON = /^\s*[[{]/

/** Frames of server-sent events. */
export function sseFrames(): FrameReader {
  const splitter = new EventSplitter()
  return {
    push(chunk) {
      const whole = splitter.push(chunk)
      return whole ? readFrames(textOf(whole)) : []
    },
    end() {
      if (splitter.pendingBytes === 0) return []
      // Some servers omit the last blank line; the rest counts if it is a complete event.
      const rest = readFrames(textOf(splitter.takeRest()))
      if (rest.every(({ data }) => data.trim() === '[DONE]' || isWholeJson(data))) return rest
      throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of an event.')
    },
  }
}

/** The events in `text`, all of which are complete; comments and events without data are left out. */
export function readFrames(text: string): Frame[] {
  const frames: Frame[] = []
  // Normalize line ends first: a pattern for blank lines over all three kinds would take a single CRLF for two.
  const lines = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text
  for (const event of lines.split(/\n{2,}/)) {
    const frame = readFrame(event)
    if (frame) frames.push(frame)
  }
  return frames
}

function readFrame(event: string): Frame | undefined {
  let name: string | undefined
  let data: string | undefined
  for (const line of event.split('\n')) {
    const text = valueOf(line, 'data:')
    if (text !== undefined) data = data === undefined ? text : `${data}\n${text}`
    else name = valueOf(line, 'event:') ?? name
  }
  if (data === undefined && BARE_JSON.test(event)) data = event.trim()
  return data === undefined || data === '' ? undefined : { name, data }
}

/** The value of the field, without one space after the colon. */
function valueOf(line: string, field: string): string | undefined {
  if (!line.startsWith(field)) return undefined
  return line.slice(line[field.length] === ' ' ? field.length + 1 : field.length)
}

/** One event as bytes for a client. */
export const sseFrame = (data: string, name?: string): string =>
  name === undefined ? `data: ${data}\n\n` : `event: ${name}\ndata: ${data}\n\n`
