import { GatewayError } from '../../errors.ts'
import { isRecord } from './fields.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** Parses the data of one event as a JSON object. Throws GatewayError `upstream_malformed` for anything else. */
export function eventIn(data: string): JsonObject {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch (cause) {
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is not valid JSON.', { cause })
  }
  if (isRecord(event)) return event
  throw new GatewayError('upstream_malformed', 'The upstream sent an event that is not a JSON object.')
}

/** The object under `key` in an event. Throws GatewayError `upstream_malformed` if there is none. */
export function recordAt(event: JsonObject, key: string): JsonObject {
  const value = event[key]
  if (isRecord(value)) return value
  throw new GatewayError('upstream_malformed', `The upstream sent an event without the object ${key}.`)
}
