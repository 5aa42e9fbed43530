import { isJson } from '../../codecs/json/is-json.ts'
import { JsonScanError } from '../../codecs/json/error.ts'
import { skipValue } from '../../codecs/json/skip.ts'
import { eventData } from '../../codecs/framing/events.ts'
import { textOf } from '../../codecs/text.ts'

const LF = 0x0a
const CR = 0x0d
const OPEN_OBJECT = 0x7b
const LETTER_D = 0x64
const CHUNK_AT = 'data: '.length
const MAX_DEPTH = 500

/**
 * Whether one of these complete events begins like a chunk or like `[DONE]` but is invalid. Other data is accepted: its
 * meaning is between server and client. Of a chunk only strings and brackets are checked. Parsing each chunk would take
 * no more time, but would create garbage, and with it memory use and collections.
 */
export function hasBrokenEvent(events: Uint8Array): boolean {
  let from = 0
  while (from < events.length) {
    const end = events.indexOf(LF, from)
    const isUsual = events[from] === LETTER_D && events[from + CHUNK_AT] === OPEN_OBJECT && events[end + 1] === LF
    if (!isUsual || end === -1 || events[end - 1] === CR) return isBroken(textOf(events, from))
    if (!isClosed(events, from + CHUNK_AT, end)) return true
    from = end + 2
  }
  return false
}

/** Whether every string and bracket of the object that begins at `start` is closed, the last one at `end`. */
function isClosed(events: Uint8Array, start: number, end: number): boolean {
  try {
    return skipValue(events, start, 1, MAX_DEPTH) === end
  } catch (thrown) {
    if (thrown instanceof JsonScanError) return false
    throw thrown
  }
}

/** Events of any shape: comments, other fields, other line ends, data over several lines. */
const isBroken = (events: string): boolean =>
  eventData(events).some((data) => /^[{[]/.test(data) && data !== '[DONE]' && !isJson(data))
