import { GatewayError } from '../errors.ts'
import { isMasterKey, type MasterKey } from './master-key.ts'
import { presentedKey } from './presented-key.ts'

/** The authenticated sender of a request. */
export interface Principal {
  /** Stable, and safe to log: never the key. */
  readonly id: string
  readonly role: 'admin' | 'member'
}

/** Where a key may stand. A `Request` is one. */
export type Credentialed = Pick<Request, 'url' | 'headers'>

export const MASTER: Principal = { id: 'master', role: 'admin' }

/** Throws GatewayError `missing_api_key` or `invalid_api_key`. */
export function authenticate(request: Credentialed, masterKey: MasterKey): Principal {
  const key = presentedKey(request)
  if (key === undefined)
    throw new GatewayError(
      'missing_api_key',
      'The request has no API key. Send it as "Authorization: Bearer KEY", or in the header that your SDK uses.',
    )
  if (!isMasterKey(masterKey, key))
    throw new GatewayError(
      'invalid_api_key',
      'The API key is not valid for this gateway. Check the key, or ask the gateway operator for one.',
    )
  return MASTER
}
