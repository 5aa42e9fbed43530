import { GatewayError } from '../../errors.ts'
import { isRecord } from './fields.ts'

type Wire = Readonly<Record<string, unknown>>

/** The JSON object that the data of one event is. Throws GatewayError `upstream_malformed` for anything else. */
export function eventIn(data: string): Wire {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch (cause) {
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is no JSON.', { cause })
  }
  if (isRecord(event)) return event
  throw new GatewayError('upstream_malformed', 'The upstream sent an event that is no object.')
}

/** The object that an event holds under `key`. Throws GatewayError `upstream_malformed` where there is none. */
export function recordAt(event: Wire, key: string): Wire {
  const value = event[key]
  if (isRecord(value)) return value
  throw new GatewayError('upstream_malformed', `The upstream sent an event whose ${key} is missing.`)
}
