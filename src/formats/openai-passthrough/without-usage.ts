import { eventData, splitEvents } from '../../codecs/framing/events.ts'
import { isUsageOnly } from './stream-tail.ts'

const OPENING = 0x5b
const CLOSING = 0x5d

/** Complete events without the usage event that the client did not request. */
export function withoutUsage(events: Uint8Array): Uint8Array {
  if (!hasEmptyList(events)) return events
  // Latin-1 keeps every byte.
  const text = Buffer.from(events.buffer, events.byteOffset, events.length).toString('latin1')
  const kept = splitEvents(text).filter((event) => !eventData(event).some(isUsageOnly))
  return Buffer.from(kept.join(''), 'latin1')
}

/** Whether `[]` occurs, as in the event without choices. Searching for one byte is ten times cheaper than for two. */
function hasEmptyList(events: Uint8Array): boolean {
  for (let at = events.indexOf(CLOSING); at !== -1; at = events.indexOf(CLOSING, at + 1)) {
    if (events[at - 1] === OPENING) return true
  }
  return false
}
